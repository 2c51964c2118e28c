import type { MeteringField } from '#metering/domain/metering-field.js';
import { recordFields as sentFields, usageFields } from '#metering/domain/record-fields.js';

/** How the text of a cell becomes the value of a field. */
type FieldKind = 'text' | 'amount' | 'flag';

/** One field of a metering record. */
export interface RecordField {
  /** As a mapping names it: `occurredAt`, `usage.inputTokens`, `labels.project`. */
  readonly path: string;
  readonly name: string;
  /** The field that it stands inside of. */
  readonly inside?: 'usage' | 'labels';
  readonly kind: FieldKind;
}

/** A metering record that is being put together from a row. Whether it is valid is for the service to say. */
export type DraftRecord = Record<string, unknown>;

const kindOf = ({ kind }: MeteringField): FieldKind => {
  switch (kind) {
    case 'amount':
    case 'flag':
      return kind;
    default:
      return 'text';
  }
};

/** Every field a row may fill, in the order in which a record is written. */
export const recordFields: readonly RecordField[] = [
  ...sentFields
    .filter(({ kind }) => kind !== 'usage' && kind !== 'labels')
    .map((field) => ({ path: field.sentAs, name: field.sentAs, kind: kindOf(field) })),
  ...usageFields.map((field) => ({
    path: `usage.${field.sentAs}`,
    name: field.sentAs,
    inside: 'usage' as const,
    kind: kindOf(field),
  })),
];

const byName: ReadonlyMap<string, RecordField> = new Map(
  recordFields.flatMap((field): [string, RecordField][] => [
    [field.path, field],
    [field.name, field],
  ]),
);

/** Labels that were named: each is one field, however often. */
const labelFields = new Map<string, RecordField>();
const labelPath = /^labels[.](.+)$/;

/** The field a name stands for, with or without the leading `usage.`, or a label; nothing if there is none. */
export const fieldNamed = (name: string): RecordField | undefined => byName.get(name) ?? labelNamed(name);

const labelNamed = (path: string): RecordField | undefined => {
  const name = labelPath.exec(path)?.[1];
  if (name === undefined) return undefined;
  const field = labelFields.get(path) ?? { path, name, inside: 'labels', kind: 'text' };
  labelFields.set(path, field);
  return field;
};

/** Whether a key may stand at the top of a record. */
export const isTopKey = (key: string): boolean => sentFields.some(({ sentAs }) => sentAs === key);

export const isPlainObject = (value: unknown): value is DraftRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the draft holds in a field; undefined if nothing, or if what it stands inside of is no object. */
export const valueIn = (draft: DraftRecord, { name, inside }: RecordField): unknown => {
  const around = inside === undefined ? draft : draft[inside];
  return isPlainObject(around) && Object.hasOwn(around, name) ? around[name] : undefined;
};

/** Sets a field. A `usage` that is no object stays as it is, and so do `labels`: the service refuses them. */
export const setIn = (draft: DraftRecord, { name, inside }: RecordField, value: unknown): void => {
  if (inside !== undefined) draft[inside] ??= {};
  const around = inside === undefined ? draft : draft[inside];
  // Not an assignment: a label may be called `__proto__`.
  if (isPlainObject(around)) {
    Object.defineProperty(around, name, { value, configurable: true, enumerable: true, writable: true });
  }
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
