import { rowsPerEvent } from './metering.events.js';
import type { MeteredColumns } from './metering.events.js';
import { carriedNumbers, carriedTexts, rowLayout, smallNumbers } from './read-records.js';
import type { ReadRecords } from './read-records.js';
import { createWords } from './words.js';

/** What attribution and rating decided about a record, by place in `attributions` and `ratings`. */
export interface ChargedAs {
  groupId: string;
  attribution: number;
  costMicros: number;
  rating: number;
  priceVersion: string;
}

/** Collects up to 500 records as the columns of one `RecordsMetered` event. */
export interface MeteredBatch {
  count(): number;
  isFull(): boolean;
  idAt(row: number): string;
  /** Adds a row of a request, charged as was decided. */
  push(read: ReadRecords, row: number, charged: ChargedAs): void;
  /** The event's data. The batch must not be used after that. */
  columns(): MeteredColumns;
}

/** @param pricesKnown how many price publications the rating of these records knows */
export const createMeteredBatch = (pricesKnown: number): MeteredBatch => {
  const words = createWords();
  const columns = emptyColumns();
  const textColumns = carriedTexts.map((name) => columns[name]);
  const smallColumns = smallNumbers.map((name) => columns[name]);
  const numberColumns = carriedNumbers.map((name) => columns[name]);
  // Of the request whose rows come now, the place each of its words has here; 0 until it is asked for.
  let current: ReadRecords | undefined;
  let known = new Uint32Array(0);

  const placeHere = (read: ReadRecords, place: number): number => {
    if (place !== 0 && known[place] === 0) known[place] = words.placeOf(read.words[place]);
    return known[place];
  };

  // No accessors: an object that is written with a getter has a hidden class of its own, which V8 keeps, and with it
  // everything the getter sees, until the next full collection.
  return {
    count: () => columns.id.length,
    isFull: () => columns.id.length >= rowsPerEvent,
    idAt: (row) => columns.id[row],
    push(read, row, charged) {
      if (read !== current) {
        current = read;
        known = new Uint32Array(read.words.length);
      }
      const { places, numbers } = read;
      const from = row * rowLayout.places;
      columns.id.push(read.words[places[from + idPlace]]);
      for (let text = 0; text < textColumns.length; text++) {
        textColumns[text].push(placeHere(read, places[from + text]));
      }
      for (let small = 0; small < smallColumns.length; small++) {
        smallColumns[small].push(places[from + smallFrom + small]);
      }
      const amounts = row * rowLayout.numbers;
      for (let number = 0; number < numberColumns.length; number++) {
        numberColumns[number].push(numbers[amounts + number]);
      }
      columns.groupId.push(words.placeOf(charged.groupId));
      columns.priceVersion.push(words.placeOf(charged.priceVersion));
      columns.attribution.push(charged.attribution);
      columns.rating.push(charged.rating);
      columns.costMicros.push(charged.costMicros);
    },
    columns: () => dataOf(columns, words.list, pricesKnown),
  };
};

const idPlace = rowLayout.textAt('id');
const smallFrom = rowLayout.smallNumberAt(smallNumbers[0]);

const column = (): number[] => [];

const emptyColumns = () => ({
  id: [] as string[],
  source: column(),
  taskId: column(),
  parentTaskId: column(),
  userId: column(),
  groupId: column(),
  model: column(),
  scheduleId: column(),
  fanOutId: column(),
  skill: column(),
  plugin: column(),
  connector: column(),
  tool: column(),
  priceVersion: column(),
  attribution: column(),
  rating: column(),
  trigger: column(),
  batch: column(),
  hasUsage: column(),
  occurredAtMs: column(),
  costMicros: column(),
  inputTokens: column(),
  outputTokens: column(),
  cacheReadTokens: column(),
  cacheWrite5mTokens: column(),
  cacheWrite1hTokens: column(),
  durationMs: column(),
  sourceCount: column(),
});
type Columns = ReturnType<typeof emptyColumns>;

const dataOf = (columns: Columns, words: string[], pricesKnown: number): MeteredColumns => ({
  count: columns.id.length,
  pricesKnown,
  words,
  id: columns.id,
  source: columns.source,
  taskId: columns.taskId,
  userId: columns.userId,
  groupId: columns.groupId,
  attribution: columns.attribution,
  occurredAtMs: columns.occurredAtMs,
  costMicros: columns.costMicros,
  rating: columns.rating,
  ...unlessAll(0, {
    parentTaskId: columns.parentTaskId,
    model: columns.model,
    scheduleId: columns.scheduleId,
    fanOutId: columns.fanOutId,
    skill: columns.skill,
    plugin: columns.plugin,
    connector: columns.connector,
    tool: columns.tool,
    priceVersion: columns.priceVersion,
    trigger: columns.trigger,
    batch: columns.batch,
    hasUsage: columns.hasUsage,
    inputTokens: columns.inputTokens,
    outputTokens: columns.outputTokens,
    cacheReadTokens: columns.cacheReadTokens,
    cacheWrite5mTokens: columns.cacheWrite5mTokens,
    cacheWrite1hTokens: columns.cacheWrite1hTokens,
  }),
  ...unlessAll(-1, { durationMs: columns.durationMs, sourceCount: columns.sourceCount }),
});

// A column in which every row says the same nothing is left out of the event.
const unlessAll = <C extends Readonly<Record<string, number[]>>>(nothing: number, columns: C): Partial<C> => {
  const kept: Partial<C> = {};
  for (const name in columns) {
    if (columns[name].some((value) => value !== nothing)) kept[name] = columns[name];
  }
  return kept;
};
