import type { MeteringRecord } from '#metering/domain/metering-record.js';

/** How the text of a cell becomes the value of a field. */
type FieldKind = 'text' | 'amount' | 'flag';

/** One field of a metering record. `inUsage` fields stand inside `usage`. */
export interface RecordField {
  /** As a mapping names it: `occurredAt`, `usage.inputTokens`. */
  readonly path: string;
  readonly name: string;
  readonly inUsage: boolean;
  readonly kind: FieldKind;
}

/** A metering record that is being put together from a row. Whether it is valid is for the service to say. */
export type DraftRecord = Record<string, unknown>;

type TopField = Exclude<keyof MeteringRecord, 'usage'>;
type UsageField = keyof NonNullable<MeteringRecord['usage']>;

const topFields: Readonly<Record<TopField, FieldKind>> = {
  source: 'text',
  id: 'text',
  taskId: 'text',
  parentTaskId: 'text',
  userId: 'text',
  groupId: 'text',
  occurredAt: 'text',
  costMicros: 'amount',
  currency: 'text',
  model: 'text',
  batch: 'flag',
  trigger: 'text',
  scheduleId: 'text',
  fanOutId: 'text',
  skill: 'text',
  plugin: 'text',
  connector: 'text',
  tool: 'text',
  durationMs: 'amount',
  sourceCount: 'amount',
};
const usageFields: Readonly<Record<UsageField, FieldKind>> = {
  inputTokens: 'amount',
  outputTokens: 'amount',
  cacheReadTokens: 'amount',
  cacheWrite5mTokens: 'amount',
  cacheWrite1hTokens: 'amount',
  webSearches: 'amount',
  speed: 'text',
};

/** Every field a row may fill, in the order in which a record is written. */
export const recordFields: readonly RecordField[] = [
  ...Object.entries(topFields).map(([name, kind]) => ({ path: name, name, inUsage: false, kind })),
  ...Object.entries(usageFields).map(([name, kind]) => ({ path: `usage.${name}`, name, inUsage: true, kind })),
];

const byName: ReadonlyMap<string, RecordField> = new Map(
  recordFields.flatMap((field): [string, RecordField][] => [
    [field.path, field],
    [field.name, field],
  ]),
);

/** The field a name stands for, with or without the leading `usage.`; nothing if there is none. */
export const fieldNamed = (name: string): RecordField | undefined => byName.get(name);

/** Whether a key may stand at the top of a record. */
export const isTopKey = (key: string): boolean => key === 'usage' || Object.hasOwn(topFields, key);

export const isPlainObject = (value: unknown): value is DraftRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the draft holds in a field; undefined if nothing, or if `usage` is no object. */
export const valueIn = (draft: DraftRecord, field: RecordField): unknown => {
  if (!field.inUsage) return draft[field.name];
  return isPlainObject(draft.usage) ? draft.usage[field.name] : undefined;
};

/** Sets a field. A `usage` that is no object stays as it is: the service refuses it. */
export const setIn = (draft: DraftRecord, field: RecordField, value: unknown): void => {
  if (!field.inUsage) {
    draft[field.name] = value;
    return;
  }
  draft.usage ??= {};
  if (isPlainObject(draft.usage)) draft.usage[field.name] = value;
};

// Longer numbers are no amounts anyway; up to here the service can still say that one is negative or too large.
// A negative 0 is neither, and nobody means it.
const wholeNumber = /^(?!-0+$)-?\d{1,30}$/;

/**
 * The value of a field as a mapped cell, a mapped JSON value or a default states it; undefined if it is absent: an
 * empty cell, or null. What does not fit the field stays as it is, so that the service refuses it and says why.
 */
export const fieldValue = (field: RecordField, given: unknown): unknown => {
  if (given === '' || given === null) return undefined;
  if (typeof given === 'number' && field.kind === 'text') return String(given);
  if (typeof given !== 'string') return given;
  switch (field.kind) {
    case 'text':
      return given;
    case 'amount':
      return wholeNumber.test(given) ? Number(given) : given;
    case 'flag':
      return flags.get(given) ?? given;
  }
};
const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);
