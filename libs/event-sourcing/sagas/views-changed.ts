import type { Changes } from '../changes.js';

/**
 * Event of the bus: the views have folded a batch of durable events, or time has passed. Sagas hear nothing else: they
 * compare views with what was already recorded, so one that is lost costs time, not meaning.
 */
export class ViewsChanged {
  /** @param changes what may be due; empty when nothing but time has passed */
  constructor(readonly changes: Changes) {}
}
