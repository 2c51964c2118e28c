import { z } from 'zod';
import type { AuditEvent } from './audit.events.js';

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

export interface SealsView {
  /** Hears of every event that is not metering: the first of them is where the log begins. */
  begin(recordedAtMs: number): void;
  apply(event: AuditEvent, seal: { readonly position: number; readonly at: string }): void;
  /** Undefined while there is none. */
  latest(): Seal | undefined;
  /** When the log began, milliseconds since 1970; undefined while it is empty. */
  begunAtMs(): number | undefined;
  /** Whether the log up to this position holds anything but seals that no seal vouches for. */
  isBehind(position: number): boolean;
  save(): object;
  load(saved: object): void;
}

/** The last seal of the chain, and what has come since. */
export const sealsView = (): SealsView => {
  let latest: Seal | undefined;
  /** Positions of seals that the latest does not vouch for. */
  let unsealed: number[] = [];
  let begunAtMs: number | undefined;
  return {
    begin(recordedAtMs) {
      begunAtMs ??= recordedAtMs;
    },
    apply({ data: { upToPosition, hash, events } }, { position, at }) {
      latest = { position: upToPosition, hash, events, at };
      unsealed = [...unsealed.filter((seal) => seal > upToPosition), position];
    },
    latest: () => latest,
    begunAtMs: () => begunAtMs,
    isBehind: (position) => position - (latest?.position ?? 0) > unsealed.length,
    save: () => ({ latest: latest ?? null, unsealed: [...unsealed], begunAtMs: begunAtMs ?? null }),
    load(saved) {
      const parsed = savedSeals.parse(saved);
      latest = parsed.latest ?? undefined;
      ({ unsealed } = parsed);
      begunAtMs = parsed.begunAtMs ?? undefined;
    },
  };
};
