import { rowsPerEvent } from './metering.events.js';
import type { MeteredColumns } from './metering.events.js';
import type { RecordRow } from './read-record.js';

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
  push(row: RecordRow, charged: ChargedAs): void;
  /** The event's data. The batch must not be used after that. */
  columns(): MeteredColumns;
}

/** @param pricesKnown how many price publications the rating of these records knows */
export const createMeteredBatch = (pricesKnown: number): MeteredBatch => {
  const words = createWords();
  const columns = emptyColumns();
  // No accessors: an object that is written with a getter has a hidden class of its own, which V8 keeps, and with it
  // everything the getter sees, until the next full collection.
  return {
    count: () => columns.id.length,
    isFull: () => columns.id.length >= rowsPerEvent,
    push(row, charged) {
      pushWords(columns, words, row, charged);
      pushNumbers(columns, row, charged);
    },
    columns: () => dataOf(columns, words.list, pricesKnown),
  };
};

/** A column of words, which remembers the last one: neighbours mostly repeat each other. */
const wordColumn = () => ({ places: [] as number[], last: '', place: 0 });
type WordColumn = ReturnType<typeof wordColumn>;

const numbers = (): number[] => [];

const emptyColumns = () => ({
  id: [] as string[],
  source: wordColumn(),
  taskId: wordColumn(),
  parentTaskId: wordColumn(),
  userId: wordColumn(),
  groupId: wordColumn(),
  model: wordColumn(),
  scheduleId: wordColumn(),
  fanOutId: wordColumn(),
  skill: wordColumn(),
  plugin: wordColumn(),
  connector: wordColumn(),
  tool: wordColumn(),
  priceVersion: wordColumn(),
  attribution: numbers(),
  rating: numbers(),
  trigger: numbers(),
  batch: numbers(),
  hasUsage: numbers(),
  occurredAtMs: numbers(),
  costMicros: numbers(),
  inputTokens: numbers(),
  outputTokens: numbers(),
  cacheReadTokens: numbers(),
  cacheWrite5mTokens: numbers(),
  cacheWrite1hTokens: numbers(),
  fast: numbers(),
  webSearches: numbers(),
  durationMs: numbers(),
  sourceCount: numbers(),
});
type Columns = ReturnType<typeof emptyColumns>;

const createWords = () => {
  const list: string[] = [''];
  const places = new Map<string, number>([['', 0]]);
  return {
    list,
    // Comparing with the last word is cheaper than looking it up.
    put(column: WordColumn, word: string): void {
      if (word !== column.last) {
        let place = places.get(word);
        if (place === undefined) {
          place = list.push(word) - 1;
          places.set(word, place);
        }
        column.last = word;
        column.place = place;
      }
      column.places.push(column.place);
    },
  };
};
type Words = ReturnType<typeof createWords>;

const pushWords = (columns: Columns, words: Words, row: RecordRow, charged: ChargedAs): void => {
  columns.id.push(row.id);
  words.put(columns.source, row.source);
  words.put(columns.taskId, row.taskId);
  words.put(columns.parentTaskId, row.parentTaskId);
  words.put(columns.userId, row.userId);
  words.put(columns.groupId, charged.groupId);
  words.put(columns.model, row.model);
  words.put(columns.scheduleId, row.scheduleId);
  words.put(columns.fanOutId, row.fanOutId);
  words.put(columns.skill, row.skill);
  words.put(columns.plugin, row.plugin);
  words.put(columns.connector, row.connector);
  words.put(columns.tool, row.tool);
  words.put(columns.priceVersion, charged.priceVersion);
};

const pushNumbers = (columns: Columns, row: RecordRow, charged: ChargedAs): void => {
  columns.attribution.push(charged.attribution);
  columns.rating.push(charged.rating);
  columns.trigger.push(row.trigger);
  columns.batch.push(row.batch);
  columns.hasUsage.push(row.hasUsage);
  columns.occurredAtMs.push(row.occurredAtMs);
  columns.costMicros.push(charged.costMicros);
  columns.inputTokens.push(row.inputTokens);
  columns.outputTokens.push(row.outputTokens);
  columns.cacheReadTokens.push(row.cacheReadTokens);
  columns.cacheWrite5mTokens.push(row.cacheWrite5mTokens);
  columns.cacheWrite1hTokens.push(row.cacheWrite1hTokens);
  columns.fast.push(row.fast);
  columns.webSearches.push(row.webSearches);
  columns.durationMs.push(row.durationMs);
  columns.sourceCount.push(row.sourceCount);
};

const dataOf = (columns: Columns, words: string[], pricesKnown: number): MeteredColumns => ({
  count: columns.id.length,
  pricesKnown,
  words,
  id: columns.id,
  source: columns.source.places,
  taskId: columns.taskId.places,
  userId: columns.userId.places,
  groupId: columns.groupId.places,
  attribution: columns.attribution,
  occurredAtMs: columns.occurredAtMs,
  costMicros: columns.costMicros,
  rating: columns.rating,
  ...unlessAll(0, {
    parentTaskId: columns.parentTaskId.places,
    model: columns.model.places,
    scheduleId: columns.scheduleId.places,
    fanOutId: columns.fanOutId.places,
    skill: columns.skill.places,
    plugin: columns.plugin.places,
    connector: columns.connector.places,
    tool: columns.tool.places,
    priceVersion: columns.priceVersion.places,
    trigger: columns.trigger,
    batch: columns.batch,
    hasUsage: columns.hasUsage,
    inputTokens: columns.inputTokens,
    outputTokens: columns.outputTokens,
    cacheReadTokens: columns.cacheReadTokens,
    cacheWrite5mTokens: columns.cacheWrite5mTokens,
    cacheWrite1hTokens: columns.cacheWrite1hTokens,
    fast: columns.fast,
    webSearches: columns.webSearches,
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
