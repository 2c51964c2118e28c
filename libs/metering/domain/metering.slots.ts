import { ChangeKind } from '#event-sourcing/changes.js';
import { Slot } from '#event-sourcing/fold-context.js';

/** What became of one row: it counts, or the log already held its identity with the same or with other content. */
export const rowOutcome = { counted: 0, duplicate: 1, conflict: 2 } as const;

/** Which rows of an event do not count. */
export interface UncountedRow {
  readonly row: number;
  readonly outcome: (typeof rowOutcome)['duplicate' | 'conflict'];
}

/** Numbers of the rows of `RecordsMetered` that do not count, for every view after metering's; undefined if all do. */
export const uncountedRows = new Slot<readonly number[] | undefined>('uncountedRows');

/** Hashes of the tasks of `RecordsMetered`, 32 bits each, by the place of their words. */
export const taskHashes = new Slot<Uint32Array>('taskHashes');

/** Jobs and price versions of which there may be records to correct. */
export const correctionChanges = new ChangeKind('correction');
