import { PlaceIndexDamaged } from './place-index.js';
import { SnapshotDamaged } from './snapshots.js';

/** What is kept to spare folding the log again: losing it costs a slow start and nothing else. */
export type KeptDamage = PlaceIndexDamaged | SnapshotDamaged;

export const isKeptDamage = (error: unknown): error is KeptDamage =>
  error instanceof PlaceIndexDamaged || error instanceof SnapshotDamaged;
