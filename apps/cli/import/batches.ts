import { completeRow } from './complete-row.js';
import type { Completion } from './complete-row.js';
import type { RowFault, SourceRow } from './read-rows.js';
import type { DraftRecord } from './record-fields.js';

/** One row, ready to be sent. */
export interface ReadyRow {
  readonly row: number;
  readonly record: DraftRecord;
}

interface Batching {
  readonly completion: Completion;
  readonly fromRow: number;
  readonly batchSize: number;
  readonly stop: AbortSignal;
  /** Is told every row from `fromRow` on as it is read, and why it cannot be sent if so. */
  readonly onRow: (row: number, fault: RowFault | undefined) => void;
}

/**
 * Completes rows and cuts them into batches, in order. When `stop` is aborted it ends without what is half collected:
 * only rows in a batch count as begun.
 */
export async function* batchesOf(rows: AsyncIterable<SourceRow>, how: Batching): AsyncGenerator<readonly ReadyRow[]> {
  let batch: ReadyRow[] = [];
  for await (const { row, draft, fault } of rows) {
    if (how.stop.aborted) return;
    if (row < how.fromRow) {
      // What comes before is not sent, but its first time says how far the trace is moved.
      if (draft !== undefined && how.completion.shift.isOpen()) completeRow(draft, row, how.completion);
      continue;
    }
    if (draft !== undefined) batch.push({ row, record: completeRow(draft, row, how.completion) });
    how.onRow(row, fault);
    if (batch.length < how.batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0 && !how.stop.aborted) yield batch;
}
