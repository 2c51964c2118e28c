import { z } from 'zod';
import { type MeteringField, shapeOf } from './metering-field.js';
import { amount, id, instant, speeds, text, triggerNames } from './record-values.js';

/*
 * The table of the fields of a metering record: the reader, the row, the columns, the hash, the corrections, the schemas,
 * OpenAPI and the dimensions of spend are built from it at start. A new field is a new line here, and a level of the
 * log's format (libs/event-sourcing/format).
 */

const always = { isRequired: true, stored: 'always' } as const;
const ifSaid = { stored: 'ifSaid' } as const;
const textual = { kind: 'text', absent: '' } as const;
const counted = { kind: 'amount', schema: amount.optional(), ...ifSaid } as const;
/** An optional id of whatever has a name. */
const named = { ...textual, schema: id.optional(), idOf: 'name', ...ifSaid } as const;

const inText = (turn: number) => ({ hashed: { turn, as: 'text' } }) as const;
const inNumber = (turn: number) => ({ hashed: { turn, as: 'number' } }) as const;
const packed = (turn: number, times: number) => ({ hashed: { turn, as: 'packed', times } }) as const;
const spendBy = <D extends string>(dimension: D) => ({ dimension, carried: 'always' }) as const;

/** A field that has the same name wherever it stands. */
const field = <N extends string, const F extends Omit<MeteringField, 'name' | 'sentAs'>>(name: N, facts: F) => ({
  name,
  sentAs: name,
  ...facts,
});

/** The fields of `usage`, in the order in which they are documented and checked. */
export const usageFields = [
  field('inputTokens', { ...counted, absent: 0, ...inNumber(14) }),
  field('outputTokens', { ...counted, absent: 0, ...inNumber(15) }),
  field('cacheReadTokens', { ...counted, absent: 0, ...inNumber(16) }),
  field('cacheWrite5mTokens', { ...counted, absent: 0, ...inNumber(17) }),
  field('cacheWrite1hTokens', { ...counted, absent: 0, ...inNumber(18) }),
  field('webSearches', {
    ...counted,
    schema: amount.optional().describe('How often the web was searched.'),
    absent: 0,
    isLater: true,
    ...inNumber(22),
  }),
  {
    name: 'fast',
    sentAs: 'speed',
    kind: 'choice',
    choices: speeds,
    unknown: 'unknownSpeed',
    schema: z.enum(speeds).optional().describe('`standard` if left out.'),
    absent: 0,
    isLater: true,
    ...ifSaid,
    ...packed(21, 0x66617374),
  },
] as const satisfies readonly MeteringField[];

const usage = z
  .strictObject(shapeOf(usageFields))
  .refine((said) => Object.keys(said).some((name) => name !== 'speed'), 'at least one kind of tokens, or webSearches')
  .optional();

/** The fields of a record, in the order in which they are documented and checked. */
export const recordFields = [
  field('source', {
    ...textual,
    schema: text.optional().describe('Who meters. Optional with a key that names one.'),
    ...always,
    carried: 'always',
  }),
  field('id', {
    kind: 'identity',
    schema: text.describe('Unique within the source, for ever: (source, id) is the identity of the record.'),
    absent: '',
    ...always,
    carried: 'always',
  }),
  field('taskId', { ...textual, schema: id, idOf: 'task', ...always, ...inText(0), carried: 'always' }),
  field('parentTaskId', { ...named, idOf: 'task', ...inText(1) }),
  field('userId', { ...textual, schema: id, idOf: 'user', ...always, ...inText(2), ...spendBy('user') }),
  field('groupId', {
    ...textual,
    schema: text.optional().describe("The group to charge; else the user's group at `occurredAt`, else `unassigned`."),
    idOf: 'group',
    stored: 'asCharged',
    hashed: { turn: 3, as: 'sentGroup' },
    dimension: 'group',
  }),
  {
    name: 'occurredAtMs',
    sentAs: 'occurredAt',
    kind: 'instant',
    schema: instant.describe('ISO 8601 with offset; kept to the millisecond.'),
    absent: 0,
    ...always,
    ...inNumber(12),
    carried: 'always',
  },
  field('costMicros', {
    kind: 'amount',
    schema: amount
      .optional()
      .describe(
        "Reported cost in micros of the organisation's currency. 0 beside usage counts as unknown, unless the key says that it is free.",
      ),
    absent: -1,
    stored: 'asCharged',
    hashed: { turn: 13, as: 'sentCost' },
  }),
  field('currency', { ...textual, schema: text.optional().describe("ISO 4217; must be the organisation's.") }),
  field('model', { ...textual, schema: text.optional(), ...ifSaid, ...inText(4), ...spendBy('model') }),
  field('batch', { kind: 'flag', schema: z.boolean().optional(), absent: 0, ...ifSaid, ...packed(11, 2) }),
  { name: 'hasUsage', sentAs: 'usage', kind: 'usage', schema: usage, absent: 0, ...ifSaid, ...packed(11, 1) },
  field('trigger', {
    kind: 'choice',
    choices: ['', ...triggerNames],
    unknown: 'unknownTrigger',
    schema: z.enum(triggerNames).optional(),
    absent: 0,
    ...ifSaid,
    ...packed(11, 4),
    ...spendBy('trigger'),
  }),
  field('scheduleId', { ...named, ...inText(5), ...spendBy('schedule') }),
  field('fanOutId', { ...named, idOf: 'fanOut', ...inText(6), carried: 'ifSaid' }),
  field('skill', { ...named, ...inText(7), ...spendBy('skill') }),
  field('plugin', { ...named, ...inText(8), ...spendBy('plugin') }),
  field('connector', { ...named, ...inText(9), ...spendBy('connector') }),
  field('tool', { ...named, ...inText(10) }),
  field('durationMs', { ...counted, absent: -1, ...inNumber(19) }),
  field('sourceCount', { ...counted, absent: -1, ...inNumber(20) }),
  field('labels', {
    kind: 'labels',
    schema: z
      .record(z.string(), text)
      .optional()
      .describe("Texts by key, such as `project`. Keys that are not among the organisation's `labelKeys` are dropped."),
    absent: null,
    stored: 'byKey',
    carried: 'byKey',
  }),
] as const satisfies readonly MeteringField[];

/** What is decided about a record, beside its group and its cost: columns that nobody sends. */
export const decidedFields = [
  { name: 'attribution', absent: 0, stored: 'always' },
  { name: 'rating', absent: 0, stored: 'always' },
  { name: 'priceVersion', absent: '', stored: 'ifSaid' },
] as const satisfies readonly Pick<MeteringField, 'name' | 'absent' | 'stored'>[];
