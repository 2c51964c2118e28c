import { formatInstant } from '#kernel/instants.js';
import type { Fold } from './fold.js';

/** Which facts an answer is made from: everything up to a log position, as it was read at an instant. */
export interface AsOf {
  readonly position: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

export const asOf = ({ position }: Pick<Fold, 'position'>, nowMs: number): AsOf => ({
  position: String(position),
  at: formatInstant(nowMs),
});
