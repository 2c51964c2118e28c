import { controlCharacter, isPlainId, maxTextLength } from '#kernel/ids.js';
import { parseInstant } from '#kernel/instants.js';
import type { MeteringField } from './metering-field.js';
import { type RecordFault, type RecordFaultCode, suspectCharacter } from './metering-record.js';
import type { RecordRow } from './record-row.js';

/** A field as the reader sees it. All are of one shape: the hot loop meets no other. */
export interface ReadField {
  readonly kind: MeteringField['kind'];
  readonly sentAs: string;
  /** As a fault names it. */
  readonly path: string;
  readonly isRequired: boolean;
  /** Among the texts or the numbers of the row. */
  readonly place: number;
  readonly absent: number;
  readonly choices: ReadonlyMap<unknown, number>;
  readonly unknown: RecordFaultCode;
  /** The field that came next in the last record that had this one: neighbours mostly have the same fields. */
  follower: ReadField | undefined;
}

// One reader at a time: the domain is synchronous. The first fault of a record stands.
let fault: RecordFault | undefined;

export const forgetFault = (): void => {
  fault = undefined;
};

export const standingFault = (): RecordFault | undefined => fault;

export const fail = (code: RecordFaultCode, detail: string): void => {
  fault ??= { code, detail };
};

export const text = ({ path }: ReadField, value: unknown, row: RecordRow): string => {
  const read = textAt(path, value);
  if (read !== '' && !isPlainId(read)) row.hasOddText = 1;
  return read;
};

/** The value of a label. It is compared as sent. */
export const readLabel = (path: string, key: string, value: unknown): string =>
  typeof value === 'string' && value !== '' && value.length <= maxTextLength && isPlainId(value)
    ? value
    : textAt(`${path}.${key.slice(0, 40)}`, value);

const textAt = (path: string, value: unknown): string => {
  if (typeof value !== 'string') fail('wrongType', `${path} must be a text; leave it out if there is nothing to say.`);
  else if (value.length === 0) fail('textEmpty', `${path} is empty; leave it out if there is nothing to say.`);
  else if (value.length > maxTextLength) {
    fail('textTooLong', `${path} is longer than ${String(maxTextLength)} characters.`);
  } else if (isPlainId(value)) return value;
  else return suspectCharacter.test(value) && !onlyPairs(value, path) ? '' : value;
  return '';
};

const onlyPairs = (value: string, path: string): boolean => {
  if (controlCharacter.test(value)) fail('controlCharacter', `${path} holds a control character.`);
  else if (!value.isWellFormed()) fail('loneSurrogate', `${path} holds half a surrogate pair.`);
  else return true;
  return false;
};

export const amount = ({ path, absent }: ReadField, value: unknown): number => {
  if (typeof value !== 'number') fail('wrongType', `${path} must be a number.`);
  else if (value < 0) fail('negativeAmount', `${path} is negative; a correction is a void, not a negative record.`);
  else if (value > Number.MAX_SAFE_INTEGER) fail('amountTooLarge', `${path} is above 2^53 - 1.`);
  else if (!Number.isInteger(value)) fail('fractionalAmount', `${path} must be a whole number.`);
  else return value + 0; // turns -0 into 0
  return absent;
};

export const instant = ({ path, absent }: ReadField, value: unknown): number => {
  const parsed = typeof value === 'string' ? parseInstant(value) : 'wrongType';
  if (typeof parsed === 'number') return parsed;
  fail(parsed, `${path} ${instantFaults[parsed]}`);
  return absent;
};
const instantFaults = {
  wrongType: 'must be an ISO 8601 text such as 2026-11-20T14:03:11.482+01:00.',
  notATime: 'is no ISO 8601 instant such as 2026-11-20T14:03:11.482+01:00, or a day that does not exist.',
  timeWithoutZone: 'has no zone; end it with Z or an offset such as +01:00.',
} as const;

export const flag = ({ path }: ReadField, value: unknown): number => {
  if (typeof value !== 'boolean') fail('wrongType', `${path} must be true or false.`);
  return value === true ? 1 : 0;
};

export const choice = ({ path, absent, choices, unknown }: ReadField, value: unknown): number => {
  const place = choices.get(value);
  if (place !== undefined) return place;
  fail(unknown, `${path} must be one of ${[...choices.keys()].join(', ')}.`);
  return absent;
};
