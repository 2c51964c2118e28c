import type { RecordFault } from '../domain/metering-record.js';

/** What the sender of a metering request is told. `index` is the record's place in the request. */
export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly RejectedRecord[];
  /** Labels under keys that the organisation has not chosen, of records that were new; left out if there are none. */
  readonly droppedLabels?: number;
  /** Log position from which on every view shows what was accepted. */
  readonly position: string;
}

export interface RejectedRecord extends RecordFault {
  readonly index: number;
  /** The record's id, if it had one that can be repeated. */
  readonly id: string | null;
}

/** A metering request under way: counts what became of its records until all are known. */
export interface PendingRequest {
  accepted: number;
  duplicates: number;
  readonly rejected: RejectedRecord[];
  droppedLabels: number;
  /** Batches that hold records of this request and are not folded yet, plus one while the gate still reads it. */
  open: number;
  position: number;
  readonly settle: (error?: Error) => void;
}

export const answerOf = (request: PendingRequest): IngestAnswer => ({
  accepted: request.accepted,
  duplicates: request.duplicates,
  rejected: request.rejected.sort((one, other) => one.index - other.index),
  ...(request.droppedLabels > 0 && { droppedLabels: request.droppedLabels }),
  position: String(request.position),
});

/** @param position the log position all views stand at: what a request without new records is answered with */
export const pendingRequest = (
  position: number,
  resolve: () => void,
  reject: (error: Error) => void,
): PendingRequest => ({
  accepted: 0,
  duplicates: 0,
  rejected: [],
  droppedLabels: 0,
  open: 1,
  position,
  settle: (error) => {
    if (error === undefined) resolve();
    else reject(error);
  },
});
