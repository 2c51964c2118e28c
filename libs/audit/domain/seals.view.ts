import { z } from 'zod';
import { isRecordsMetered } from '#metering/domain/metering.events.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { isAuditEvent } from './audit.events.js';

const savedSeal = z.strictObject({
  /** The last event it vouches for. */
  position: z.int(),
  hash: z.string(),
  events: z.int(),
  /** When it was made, ISO 8601 in UTC. */
  at: z.string(),
});
const savedSeals = z.strictObject({
  latest: savedSeal.nullable(),
  unsealed: z.array(z.int()),
  begunAtMs: z.int().nullable(),
});
export type Seal = Readonly<z.infer<typeof savedSeal>>;

/** The last seal of the chain, and what has come since. */
export class SealsView extends View {
  readonly name = 'seals';
  readonly handles = 'all';
  #latest: Seal | undefined;
  /** Positions of seals that the latest does not vouch for. */
  #unsealed: number[] = [];
  #begunAtMs: number | undefined;

  apply(event: StoredEvent): void {
    if (isRecordsMetered(event)) return;
    this.#begunAtMs ??= event.recordedAtMs;
    if (!isAuditEvent(event)) return;
    const { upToPosition, hash, events } = event.data;
    this.#latest = { position: upToPosition, hash, events, at: event.meta.now };
    this.#unsealed = [...this.#unsealed.filter((seal) => seal > upToPosition), event.position];
  }

  /** Undefined while there is none. */
  latest = (): Seal | undefined => this.#latest;
  /** When the log began, milliseconds since 1970: its first event that is not metering; undefined while it is empty. */
  begunAtMs = (): number | undefined => this.#begunAtMs;
  /** Whether the log up to this position holds anything but seals that no seal vouches for. */
  isBehind = (position: number): boolean => position - (this.#latest?.position ?? 0) > this.#unsealed.length;

  save(): object {
    return { latest: this.#latest ?? null, unsealed: [...this.#unsealed], begunAtMs: this.#begunAtMs ?? null };
  }
  load(saved: object): void {
    const { latest, unsealed, begunAtMs } = savedSeals.parse(saved);
    this.#latest = latest ?? undefined;
    this.#unsealed = unsealed;
    this.#begunAtMs = begunAtMs ?? undefined;
  }
}
