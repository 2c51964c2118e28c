import { LocationIndexDamaged } from './location-index.js';
import { SnapshotDamaged } from './snapshots.js';

/** What is kept to spare folding the log again: losing it costs a slow start and nothing else. */
export type DerivedDataDamage = LocationIndexDamaged | SnapshotDamaged;

export const isDerivedDataDamage = (error: unknown): error is DerivedDataDamage =>
  error instanceof LocationIndexDamaged || error instanceof SnapshotDamaged;
