import { rowLayout } from './read-records.js';
import type { ReadRecords } from './read-records.js';

const { textAt, smallNumberAt, numberAt } = rowLayout;
const place = {
  id: textAt('id'),
  source: textAt('source'),
  userId: textAt('userId'),
  groupId: textAt('groupId'),
  fanOutId: textAt('fanOutId'),
  currency: textAt('currency'),
  model: textAt('model'),
  batch: smallNumberAt('batch'),
};
const number = {
  occurredAtMs: numberAt('occurredAtMs'),
  costMicros: numberAt('costMicros'),
  inputTokens: numberAt('inputTokens'),
  outputTokens: numberAt('outputTokens'),
  cacheReadTokens: numberAt('cacheReadTokens'),
  cacheWrite5mTokens: numberAt('cacheWrite5mTokens'),
  cacheWrite1hTokens: numberAt('cacheWrite1hTokens'),
};

/** What of a record decides whether it is taken, who pays and how much: one reused object, filled by `readChargeable`. */
export const emptyChargeable = () => ({
  id: '',
  source: '',
  userId: '',
  groupId: '',
  fanOutId: '',
  currency: '',
  model: '',
  batch: 0,
  occurredAtMs: 0,
  /** -1 when the record does not say. */
  costMicros: -1,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
});
export type Chargeable = ReturnType<typeof emptyChargeable>;

/** Fills `into` from a row. Allocates nothing. */
export const readChargeable = ({ words, places, numbers }: ReadRecords, row: number, into: Chargeable): void => {
  const from = row * rowLayout.places;
  into.id = words[places[from + place.id]];
  into.source = words[places[from + place.source]];
  into.userId = words[places[from + place.userId]];
  into.groupId = words[places[from + place.groupId]];
  into.fanOutId = words[places[from + place.fanOutId]];
  into.currency = words[places[from + place.currency]];
  into.model = words[places[from + place.model]];
  into.batch = places[from + place.batch];
  const amounts = row * rowLayout.numbers;
  into.occurredAtMs = numbers[amounts + number.occurredAtMs];
  into.costMicros = numbers[amounts + number.costMicros];
  into.inputTokens = numbers[amounts + number.inputTokens];
  into.outputTokens = numbers[amounts + number.outputTokens];
  into.cacheReadTokens = numbers[amounts + number.cacheReadTokens];
  into.cacheWrite5mTokens = numbers[amounts + number.cacheWrite5mTokens];
  into.cacheWrite1hTokens = numbers[amounts + number.cacheWrite1hTokens];
};
