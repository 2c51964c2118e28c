import { isPlainId } from '#kernel/ids.js';
import { parseInstant } from '#kernel/instants.js';
import { meteringRecord, speeds, suspectCharacter, triggerNames } from './metering-record.js';
import { controlCharacter, maxTextLength } from '#kernel/ids.js';
import type { RecordFault, RecordFaultCode } from './metering-record.js';

/**
 * A record as the hot path holds it: one reused object, filled by `readRecord`. Absent texts are empty, absent numbers
 * are -1; token counts of a record without usage are 0 and `hasUsage` is 0.
 */
export const emptyRow = () => ({
  source: '',
  id: '',
  taskId: '',
  parentTaskId: '',
  userId: '',
  groupId: '',
  occurredAtMs: 0,
  costMicros: -1,
  currency: '',
  model: '',
  batch: 0,
  hasUsage: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  fast: 0,
  webSearches: 0,
  trigger: 0,
  scheduleId: '',
  fanOutId: '',
  skill: '',
  plugin: '',
  connector: '',
  tool: '',
  durationMs: -1,
  sourceCount: -1,
  /** 1 if a text is not plain: its ids may have to be normalised (`normaliseIds`). */
  hasOddText: 0,
});
export type RecordRow = ReturnType<typeof emptyRow>;

// One reader at a time: the domain is synchronous. `fault` is what the last field said; `fields` counts those present.
let fault: RecordFault | undefined;
let fields = 0;
let hasOddText = 0;

const fail = (code: RecordFaultCode, detail: string): void => {
  fault ??= { code, detail };
};

/**
 * Reads one record into `row`. Allocates nothing for a good record.
 *
 * @param defaultSource stands in for an absent `source`; empty if the key names none
 * @returns what is wrong with it, or undefined when `row` holds it
 */
export const readRecord = (raw: unknown, defaultSource: string, row: RecordRow): RecordFault | undefined => {
  if (!isObject(raw)) {
    row.id = '';
    return { code: 'recordNotObject', detail: 'A metering record is a JSON object.' };
  }
  fault = undefined;
  fields = 0;
  hasOddText = 0;
  row.source = text(raw.source, 'source', defaultSource === '') || defaultSource;
  row.id = text(raw.id, 'id', true);
  row.taskId = text(raw.taskId, 'taskId', true);
  row.parentTaskId = text(raw.parentTaskId, 'parentTaskId', false);
  row.userId = text(raw.userId, 'userId', true);
  row.groupId = text(raw.groupId, 'groupId', false);
  row.occurredAtMs = instant(raw.occurredAt);
  row.costMicros = amount(raw.costMicros, 'costMicros', -1);
  row.currency = text(raw.currency, 'currency', false);
  row.model = text(raw.model, 'model', false);
  row.batch = flag(raw.batch);
  row.trigger = trigger(raw.trigger);
  row.scheduleId = text(raw.scheduleId, 'scheduleId', false);
  row.fanOutId = text(raw.fanOutId, 'fanOutId', false);
  row.skill = text(raw.skill, 'skill', false);
  row.plugin = text(raw.plugin, 'plugin', false);
  row.connector = text(raw.connector, 'connector', false);
  row.tool = text(raw.tool, 'tool', false);
  row.durationMs = amount(raw.durationMs, 'durationMs', -1);
  row.sourceCount = amount(raw.sourceCount, 'sourceCount', -1);
  row.hasOddText = hasOddText;
  if (raw.usage !== undefined) fields++;
  noMoreFields(raw, recordFields, '');
  usage(raw.usage, row);
  if (row.hasUsage === 0 && row.costMicros < 0) {
    fail('costOrUsageMissing', 'Say what the task cost (costMicros) or what it used (usage), or both.');
  }
  return fault;
};

const recordFields: ReadonlySet<string> = new Set(Object.keys(meteringRecord.shape));
const usageFields: ReadonlySet<string> = new Set(Object.keys(meteringRecord.shape.usage.unwrap().shape));

const usage = (value: unknown, row: RecordRow): void => {
  row.hasUsage = value === undefined ? 0 : 1;
  if (value !== undefined && !isObject(value)) fail('wrongType', 'usage must be an object of token counts.');
  const raw = isObject(value) ? value : noUsage;
  fields = 0;
  row.inputTokens = amount(raw.inputTokens, 'usage.inputTokens', 0);
  row.outputTokens = amount(raw.outputTokens, 'usage.outputTokens', 0);
  row.cacheReadTokens = amount(raw.cacheReadTokens, 'usage.cacheReadTokens', 0);
  row.cacheWrite5mTokens = amount(raw.cacheWrite5mTokens, 'usage.cacheWrite5mTokens', 0);
  row.cacheWrite1hTokens = amount(raw.cacheWrite1hTokens, 'usage.cacheWrite1hTokens', 0);
  row.webSearches = amount(raw.webSearches, 'usage.webSearches', 0);
  const known = fields;
  row.fast = speed(raw.speed);
  noMoreFields(raw, usageFields, 'usage.');
  if (row.hasUsage === 1 && known === 0) {
    fail('missingField', 'usage must hold at least one kind of tokens, or webSearches.');
  }
};
const noUsage: Readonly<Record<string, unknown>> = {};

// Counting is cheaper than looking every name up; names are compared only when the count says that one is unknown.
const noMoreFields = (raw: Readonly<Record<string, unknown>>, known: ReadonlySet<string>, path: string): void => {
  const names = Object.keys(raw);
  if (names.length === fields) return;
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    fail('unknownField', `${path}${unknown.slice(0, 40)} is not a field of a metering record.`);
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown, name: string, required: boolean): string => {
  if (value === undefined) {
    if (required) fail('missingField', `${name} is missing.`);
    return '';
  }
  fields++;
  if (typeof value !== 'string') fail('wrongType', `${name} must be a text; leave it out if there is nothing to say.`);
  else if (value.length === 0) fail('textEmpty', `${name} is empty; leave it out if there is nothing to say.`);
  else if (value.length > maxTextLength) {
    fail('textTooLong', `${name} is longer than ${String(maxTextLength)} characters.`);
  } else if (isPlainId(value)) return value;
  else {
    hasOddText = 1;
    return suspectCharacter.test(value) && !onlyPairs(value, name) ? '' : value;
  }
  return '';
};

const onlyPairs = (value: string, name: string): boolean => {
  if (controlCharacter.test(value)) fail('controlCharacter', `${name} holds a control character.`);
  else if (!value.isWellFormed()) fail('loneSurrogate', `${name} holds half a surrogate pair.`);
  else return true;
  return false;
};

const amount = (value: unknown, name: string, absent: number): number => {
  if (value === undefined) return absent;
  fields++;
  if (typeof value !== 'number') fail('wrongType', `${name} must be a number.`);
  else if (value < 0) fail('negativeAmount', `${name} is negative; a correction is a void, not a negative record.`);
  else if (value > Number.MAX_SAFE_INTEGER) fail('amountTooLarge', `${name} is above 2^53 - 1.`);
  else if (!Number.isInteger(value)) fail('fractionalAmount', `${name} must be a whole number.`);
  else return value + 0; // turns -0 into 0
  return absent;
};

const instant = (value: unknown): number => {
  if (value === undefined) fail('missingField', 'occurredAt is missing.');
  else {
    fields++;
    const parsed = typeof value === 'string' ? parseInstant(value) : 'wrongType';
    if (typeof parsed === 'number') return parsed;
    fail(parsed, instantFaults[parsed]);
  }
  return 0;
};
const instantFaults = {
  wrongType: 'occurredAt must be an ISO 8601 text such as 2026-11-20T14:03:11.482+01:00.',
  notATime: 'occurredAt is no ISO 8601 instant such as 2026-11-20T14:03:11.482+01:00, or a day that does not exist.',
  timeWithoutZone: 'occurredAt has no zone; end it with Z or an offset such as +01:00.',
} as const;

const flag = (value: unknown): number => {
  if (value === undefined) return 0;
  fields++;
  if (typeof value !== 'boolean') fail('wrongType', 'batch must be true or false.');
  return value === true ? 1 : 0;
};

const speed = (value: unknown): number => {
  if (value === undefined) return 0;
  fields++;
  const place = speedPlaces.get(value) ?? -1;
  if (place < 0) fail('unknownSpeed', `usage.speed must be one of ${speeds.join(', ')}.`);
  return Math.max(place, 0);
};
const speedPlaces: ReadonlyMap<unknown, number> = new Map(speeds.map((name, place) => [name, place]));

const triggerPlaces: ReadonlyMap<unknown, number> = new Map(triggerNames.map((name, place) => [name, place + 1]));
const trigger = (value: unknown): number => {
  if (value === undefined) return 0;
  fields++;
  const place = triggerPlaces.get(value) ?? 0;
  if (place === 0) fail('unknownTrigger', `trigger must be one of ${triggerNames.join(', ')}.`);
  return place;
};
