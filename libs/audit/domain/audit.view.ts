import { z } from 'zod';
import { isRecordsMetered } from '#metering/domain/metering.events.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

const savedPositions = z.strictObject({ positions: z.array(z.int().positive()) });

/** Where in the log every event stands that is not metering, in order: one number for each. */
export class AuditView extends View {
  readonly name = 'audit';
  readonly handles = 'all';
  #positions: number[] = [];

  apply(event: StoredEvent): void {
    if (!isRecordsMetered(event)) this.#positions.push(event.position);
  }

  /** All between the two, both left out, the latest first. What comes while it is walked is not among them. */
  *descending(after: number, before: number): Generator<number> {
    const first = this.#countBelow(after + 1);
    for (let place = this.#countBelow(before) - 1; place >= first; place--) yield this.#positions[place];
  }

  /** The same, the earliest first. */
  *ascending(after: number, before: number): Generator<number> {
    const end = this.#countBelow(before);
    for (let place = this.#countBelow(after + 1); place < end; place++) yield this.#positions[place];
  }

  has = (position: number): boolean => this.#positions[this.#countBelow(position)] === position;

  save(): object {
    return { positions: [...this.#positions] };
  }
  load(saved: object): void {
    this.#positions = savedPositions.parse(saved).positions;
  }

  /** How many positions are below this one. */
  #countBelow(position: number): number {
    let [low, high] = [0, this.#positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#positions[middle] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
