interface Job {
  readonly id: number;
  /** The run to write. */
  readonly path: string;
  /** Upper bounds. */
  readonly places: number;
  readonly keys: number;
}

/** Sort the entries of a full table, which is shared and no longer changes, into a run. */
export interface WriteJob extends Job {
  readonly kind: 'write';
  readonly entries: Uint32Array;
}

/** Make one run of several. */
export interface MergeJob extends Job {
  readonly kind: 'merge';
  readonly inputs: readonly string[];
}

export type RunJob = WriteJob | MergeJob;

export type RunAnswer =
  | { readonly id: number; readonly trailer: Uint32Array<ArrayBuffer> }
  | { readonly id: number; readonly failure: string; readonly isDamage: boolean };
