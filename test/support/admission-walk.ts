import assert from 'node:assert/strict';
import { type FanOutEvent, fanOutEvent, isFanOutEvent } from '#fan-out/domain/fan-out.events.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

interface Walked {
  readonly requestId: string;
  readonly userId: string;
  readonly parent: string | null;
  /** How much of the hold came from the parent. */
  readonly movedMicros: number;
  /** The live lease above it, on one of whose slots it runs. */
  readonly lender: string | null;
  readonly slots: number;
  /** What is set aside, spent or not: less what went to children, more what came back. */
  readonly micros: number;
  readonly expiresAtMs: number;
}
type Live = Map<string, Walked>;
interface Most {
  readonly maxConcurrency: number;
  readonly maxConcurrencyPerUser?: number;
  readonly capMicros: number;
}

/**
 * Laws 4 and 6, walked along a log of fan-outs in one group: at no position more slots or money than there is, nothing
 * after an end and no end too early or too late, no slot lent twice, and nothing given back that was not taken. Answers what is live at its end, and
 * every request that was granted.
 */
export const walkAdmissions = (
  events: readonly StoredEvent[],
  { maxConcurrency, maxConcurrencyPerUser = Infinity, capMicros }: Most,
) => {
  const live: Live = new Map();
  const granted = new Map<string, string>();
  let lastMs = 0;
  for (const { type, data, position } of events.filter(isFanOutEvent)) {
    const event = fanOutEvent.parse({ type, data });
    if (event.type === 'FanOutGranted') {
      const { requestId, fanOutId } = event.data;
      assert.ok(!granted.has(requestId), `${requestId} is granted once`);
      granted.set(requestId, fanOutId);
    } else {
      assert.ok(live.has(event.data.fanOutId), `${event.type} at position ${String(position)} after its end`);
    }
    assert.ok(event.data.atMs >= lastMs, `time goes back at position ${String(position)}`);
    lastMs = event.data.atMs;
    if (event.type === 'FanOutExpired') {
      assert.ok((live.get(event.data.fanOutId)?.expiresAtMs ?? 0) <= lastMs, `ended early at ${String(position)}`);
    } else {
      assert.equal(liveAt(live, lastMs).size, live.size, `what has expired lives on at position ${String(position)}`);
    }
    walkOne(event, live);
    assert.ok(slotsIn(live) <= maxConcurrency, `slots at position ${String(position)}`);
    for (const [user, slots] of slotsByUser(live)) {
      assert.ok(slots <= maxConcurrencyPerUser, `slots of ${user} at position ${String(position)}`);
    }
    const micros = [...live.values()].reduce((sum, lease) => sum + lease.micros, 0);
    assert.ok(micros <= capMicros, `money at position ${String(position)}`);
    for (const [fanOutId, lease] of live) {
      assert.ok(lease.micros >= 0, `${fanOutId} holds less than nothing at position ${String(position)}`);
      assert.ok(
        borrowersOf(fanOutId, live).length <= lease.slots,
        `${fanOutId} lends a slot twice at position ${String(position)}`,
      );
    }
  }
  return { live: live as ReadonlyMap<string, Walked>, granted };
};

/** Slots that live leases take together: one that is lent counts once. */
export const slotsIn = (live: ReadonlyMap<string, Walked>): number =>
  [...live.values()].reduce((sum, { slots, lender }) => sum + slots - (lender !== null && live.has(lender) ? 1 : 0), 0);

/** The same for each user, who is one in whatever form their id is written. */
const slotsByUser = (live: ReadonlyMap<string, Walked>): ReadonlyMap<string, number> => {
  const userOf = ({ userId }: Walked): string => userId.normalize();
  const users = new Set(Array.from(live.values(), userOf));
  return new Map(
    Array.from(users, (user) => [user, slotsIn(new Map([...live].filter(([, lease]) => userOf(lease) === user)))]),
  );
};

const borrowersOf = (lender: string, live: ReadonlyMap<string, Walked>): readonly string[] =>
  [...live].filter(([, lease]) => lease.lender === lender).map(([fanOutId]) => fanOutId);

/** What is live at a moment: whatever has expired by then is over. */
export const liveAt = (live: ReadonlyMap<string, Walked>, atMs: number): ReadonlyMap<string, Walked> => {
  const left = new Map(live);
  for (const [fanOutId, { expiresAtMs }] of live) if (expiresAtMs <= atMs) endOne(fanOutId, left);
  return left;
};

/** Whoever runs on its slots keeps them; if those are all it had, one of them stays its lender's. */
const endOne = (fanOutId: string, live: Live): void => {
  const { lender = null, slots } = live.get(fanOutId) ?? {};
  const borrowers = borrowersOf(fanOutId, live);
  live.delete(fanOutId);
  for (const [place, id] of borrowers.entries()) {
    const lease = live.get(id);
    const isHeir = place === 0 && borrowers.length === slots;
    if (lease !== undefined) live.set(id, { ...lease, lender: isHeir ? lender : null });
  }
};

const walkOne = (event: FanOutEvent, live: Live): void => {
  const { fanOutId } = event.data;
  switch (event.type) {
    case 'FanOutGranted': {
      const { requestId, userId, parentFanOutId, borrowed, movedMicros } = event.data;
      const { concurrency, heldMicros, expiresAtMs } = event.data;
      const hold = { slots: concurrency, micros: heldMicros, expiresAtMs };
      const lender = borrowed ? parentFanOutId : null;
      live.set(fanOutId, { requestId, userId, parent: parentFanOutId, movedMicros, lender, ...hold });
      if (parentFanOutId === null) return;
      assert.ok(live.has(parentFanOutId), `${fanOutId} begins below what is over`);
      give(live, parentFanOutId, -movedMicros);
      return;
    }
    case 'FanOutRenewed': {
      const { concurrency: slots, expiresAtMs } = event.data;
      const lease = live.get(fanOutId);
      if (lease !== undefined) live.set(fanOutId, { ...lease, slots, expiresAtMs });
      return;
    }
    default: {
      const { returnedMicros } = event.data;
      const { parent = null, movedMicros = 0, micros = 0 } = live.get(fanOutId) ?? {};
      endOne(fanOutId, live);
      const most = parent !== null && live.has(parent) ? Math.min(movedMicros, micros) : 0;
      assert.ok(returnedMicros <= most, `${fanOutId} gives back what it has not taken`);
      if (parent !== null) give(live, parent, returnedMicros);
    }
  }
};

const give = (live: Live, fanOutId: string, micros: number): void => {
  const lease = live.get(fanOutId);
  if (lease !== undefined) live.set(fanOutId, { ...lease, micros: lease.micros + micros });
};
