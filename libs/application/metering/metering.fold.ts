import { z } from 'zod';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { contentTags, identityKey, identityKeys, keySeeds } from '#domain/metering/identity.js';
import { rowsPerEvent } from '#domain/metering/metering.events.js';
import type { CorrectedRow, MeteredColumns } from '#domain/metering/metering.events.js';
import type { PlaceIndex } from '#ports/place-index.js';
import { noteChildren, noteTasks } from './note-tasks.js';
import { noteNewOwners } from './task-owners.js';

/** What became of one row: it counts, or the log already held its identity with the same or with other content. */
export const rowOutcome = { counted: 0, duplicate: 1, conflict: 2 } as const;

/** Which rows of an event do not count. */
export interface UncountedRow {
  readonly row: number;
  readonly outcome: (typeof rowOutcome)['duplicate' | 'conflict'];
}

/** Hears what became of the rows of an event it has proposed; rows not named count. */
export type OutcomeListener = (position: number, uncounted: readonly UncountedRow[]) => void;

const savedFold = z.strictObject({
  uncountedAt: z.array(
    z.tuple([z.int(), z.array(z.strictObject({ row: z.int(), outcome: z.union([z.literal(1), z.literal(2)]) }))]),
  ),
});

const everyRowCounts: readonly UncountedRow[] = [];

/**
 * The fold that decides identity: the first place of (source, id) in the log counts, whatever stands later is a
 * duplicate or a conflict. It also keeps where tasks, children and corrections stand. It owns scratch arrays and the
 * place index; nobody else writes to them.
 */
export const createMeteringFold = (index: PlaceIndex) => {
  const keys = new Uint32Array(rowsPerEvent * fingerprintWords);
  const tags = new Uint32Array(rowsPerEvent);
  const key = new Uint32Array(fingerprintWords);
  const place = { position: 0, row: 0, tag: 0 };
  const uncountedAt = new Map<number, readonly UncountedRow[]>();
  const listeners = new Map<string, OutcomeListener>();
  let taskHashes = new Uint32Array(0);

  const addPlace = (words: Uint32Array, at: number, position: number, row: number, tag: number): void => {
    place.position = position;
    place.row = row;
    place.tag = tag;
    index.add(words, at, place);
  };

  const decideIdentities = (position: number, columns: MeteredColumns): readonly UncountedRow[] => {
    identityKeys(columns, keys);
    contentTags(columns, tags);
    let uncounted: UncountedRow[] | undefined;
    for (let row = 0; row < columns.count; row++) {
      const at = row * fingerprintWords;
      const first = index.first(keys, at);
      if (first === undefined) addPlace(keys, at, position, row, tags[row]);
      else if (first.position !== position || first.row !== row) {
        (uncounted ??= []).push({ row, outcome: first.tag === tags[row] ? rowOutcome.duplicate : rowOutcome.conflict });
      }
    }
    return uncounted ?? everyRowCounts;
  };

  return {
    /** Folds one event; answers the rows that do not count. */
    applyMetered(position: number, columns: MeteredColumns): readonly UncountedRow[] {
      const uncounted = decideIdentities(position, columns);
      if (uncounted.length > 0) uncountedAt.set(position, uncounted);
      if (taskHashes.length < columns.words.length) taskHashes = new Uint32Array(2 * columns.words.length);
      noteTasks(index, position, columns, uncounted, taskHashes);
      noteChildren(index, position, columns, uncounted);
      return uncounted;
    },

    /** Hashes of the tasks of the event folded last, by word: others need them, too. */
    taskHashes: (): Uint32Array => taskHashes,

    /** Tells whoever proposed the event what became of its rows, once every view has folded it. */
    tell(eventId: string, position: number, uncounted: readonly UncountedRow[]): void {
      listeners.get(eventId)?.(position, uncounted);
      listeners.delete(eventId);
    },

    applyTaskFinished(position: number, taskId: string): void {
      fingerprint(taskId, keySeeds.finish, key, 0);
      addPlace(key, 0, position, 0, 0);
    },

    applyCorrected(position: number, rows: readonly CorrectedRow[]): void {
      rows.forEach((row, place) => {
        identityKey(keySeeds.correction, row.source, row.id, key, 0);
        addPlace(key, 0, position, place, 0);
      });
      noteNewOwners(index, position, rows);
    },

    /** Rows of the event at the position that do not count. */
    uncountedAt: (position: number): readonly UncountedRow[] => uncountedAt.get(position) ?? everyRowCounts,

    /** Registers who wants to hear about an event before it is appended. */
    listen(eventId: string, listener: OutcomeListener): void {
      listeners.set(eventId, listener);
    },

    /** Nobody waits for the event any more. */
    forget(eventId: string): void {
      listeners.delete(eventId);
    },

    save: () => ({ uncountedAt: [...uncountedAt] }),
    load(saved: object): void {
      for (const [position, rows] of savedFold.parse(saved).uncountedAt) uncountedAt.set(position, rows);
    },
  };
};
