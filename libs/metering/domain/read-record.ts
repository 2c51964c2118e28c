import type { MeteringField } from './metering-field.js';
import type { RecordFault } from './metering-record.js';
import { amount, choice, fail, flag, forgetFault, instant, readLabel, standingFault, text } from './read-value.js';
import type { ReadField } from './read-value.js';
import { recordFields, usageFields } from './record-fields.js';
import { clearRow, placeInRow, type RecordRow } from './record-row.js';

/** Fields in the order of the table, and by the name they are sent under. */
interface ReadFields {
  readonly path: string;
  readonly inOrder: readonly ReadField[];
  readonly byName: ReadonlyMap<string, ReadField>;
  /** Stands before the first field of an object. */
  readonly start: ReadField;
}

const readFieldsOf = (fields: readonly MeteringField[], path: string): ReadFields => {
  const readFieldOf = (field: MeteringField): ReadField => ({
    kind: field.kind,
    sentAs: field.sentAs,
    path: path + field.sentAs,
    isRequired: field.isRequired === true,
    place: placeInRow(field),
    absent: typeof field.absent === 'number' ? field.absent : 0,
    choices: new Map(field.choices?.flatMap((choice, place) => (choice === '' ? [] : [[choice, place]]))),
    unknown: field.unknown ?? 'wrongType',
    follower: undefined,
  });
  const inOrder = fields.map(readFieldOf);
  const byName = new Map(inOrder.map((field) => [field.sentAs, field]));
  return { path, inOrder, byName, start: readFieldOf(fields[0]) };
};

const fieldsOfRecord = readFieldsOf(recordFields, '');
const fieldsOfUsage = readFieldsOf(usageFields, 'usage.');
const requiredFields = fieldsOfRecord.inOrder.filter(({ isRequired }) => isRequired).length;

// One reader at a time. What is there is counted, which is cheaper than looking for what is not.
let required = 0;
let amounts = 0;
let usedAmounts = 0;
let labelKeys: readonly string[] = [];

const begin = (): void => {
  forgetFault();
  required = 0;
  amounts = 0;
  usedAmounts = 0;
};

const noKeys: readonly string[] = [];

/**
 * Reads one record into `row`. Allocates nothing for a good record.
 *
 * @param defaultSource stands in for an absent `source`; empty if the key names none
 * @param chosenKeys keys of the labels that are kept
 * @returns what is wrong with it, or undefined when `row` holds it
 */
export const readRecord = (
  raw: unknown,
  defaultSource: string,
  row: RecordRow,
  chosenKeys: readonly string[] = noKeys,
): RecordFault | undefined => {
  clearRow(row);
  labelKeys = chosenKeys;
  if (!isObject(raw)) return { code: 'recordNotObject', detail: 'A metering record is a JSON object.' };
  begin();
  readFields(raw, fieldsOfRecord, row);
  if (row.source === '' && defaultSource !== '') {
    row.source = defaultSource;
    required++;
  }
  const isUsed = row.hasUsage === 1 ? usedAmounts > 0 : row.costMicros >= 0;
  return standingFault() === undefined && required === requiredFields && isUsed
    ? undefined
    : firstFault(raw, defaultSource, row);
};

/** In the order of the sender: only what is there costs anything. Comparing with one name is cheaper than looking it up. */
const readFields = (raw: RawObject, fields: ReadFields, row: RecordRow): void => {
  let before = fields.start;
  for (const name in raw) {
    let field = before.follower;
    if (field?.sentAs !== name) {
      field = fields.byName.get(name);
      if (field === undefined) {
        fail('unknownField', name);
        continue;
      }
      before.follower = field;
    }
    before = field;
    readField(field, raw[name], row);
  }
};

const readField = (field: ReadField, value: unknown, row: RecordRow): void => {
  if (value === undefined) return;
  if (field.isRequired) required++;
  switch (field.kind) {
    case 'identity':
    case 'text':
      row.texts[field.place] = text(field, value, row);
      return;
    case 'amount':
      amounts++;
      row.numbers[field.place] = amount(field, value);
      return;
    case 'instant':
      row.numbers[field.place] = instant(field, value);
      return;
    case 'flag':
      row.numbers[field.place] = flag(field, value);
      return;
    case 'choice':
      row.numbers[field.place] = choice(field, value);
      return;
    case 'usage':
      row.numbers[field.place] = 1;
      readUsage(field, value, row);
      return;
    case 'labels':
      readLabels(field, value, row);
  }
};

/** What is no label is refused under any key: whether one is kept changes by the organisation's choice. */
const readLabels = ({ path }: ReadField, value: unknown, row: RecordRow): void => {
  if (!isObject(value)) {
    fail('wrongType', `${path} must be an object of texts by key.`);
    return;
  }
  for (const key in value) {
    const label = readLabel(path, key, value[key]);
    if (labelKeys.includes(key)) row.labels.set(key, label);
    else row.droppedLabels++;
  }
};

const readUsage = ({ path }: ReadField, value: unknown, row: RecordRow): void => {
  if (!isObject(value)) {
    fail('wrongType', `${path} must be an object of token counts.`);
    return;
  }
  const before = amounts;
  readFields(value, fieldsOfUsage, row);
  usedAmounts = amounts - before;
};

/** What is wrong with a record that is not in order: of several faults the first in the order of the table. */
const firstFault = (raw: RawObject, defaultSource: string, row: RecordRow): RecordFault | undefined => {
  const { inOrder } = fieldsOfRecord;
  begin();
  for (const field of inOrder.filter(({ kind }) => kind !== 'usage')) {
    const isMissing = field.isRequired && raw[field.sentAs] === undefined;
    if (isMissing && (field.sentAs !== 'source' || defaultSource === '')) {
      fail('missingField', `${field.path} is missing.`);
    }
    readField(field, raw[field.sentAs], row);
  }
  nameUnknown(raw, fieldsOfRecord);
  for (const field of inOrder.filter(({ kind }) => kind === 'usage')) explainUsage(field, raw[field.sentAs], row);
  if (row.hasUsage === 0 && row.costMicros < 0) {
    fail('costOrUsageMissing', 'Say what the task cost (costMicros) or what it used (usage), or both.');
  }
  return standingFault();
};

const explainUsage = (usage: ReadField, value: unknown, row: RecordRow): void => {
  if (value === undefined) return;
  if (!isObject(value)) fail('wrongType', `${usage.path} must be an object of token counts.`);
  const raw = isObject(value) ? value : {};
  for (const field of fieldsOfUsage.inOrder) readField(field, raw[field.sentAs], row);
  nameUnknown(raw, fieldsOfUsage);
  if (usedAmounts === 0) fail('missingField', 'usage must hold at least one kind of tokens, or webSearches.');
};

const nameUnknown = (raw: RawObject, { path, byName }: ReadFields): void => {
  const unknown = Object.keys(raw).find((name) => !byName.has(name));
  if (unknown !== undefined) {
    fail('unknownField', `${path}${unknown.slice(0, 40)} is not a field of a metering record.`);
  }
};

type RawObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is RawObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
