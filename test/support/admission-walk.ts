import assert from 'node:assert/strict';
import { fanOutEvent, isFanOutEvent } from '#domain/fan-out/fan-out.events.js';
import type { StoredEvent } from '#ports/event-log.js';

interface Walked {
  readonly requestId: string;
  readonly slots: number;
  readonly micros: number;
}

/**
 * Laws 4 and 6, walked along a log of fan-outs without parents: at no position more slots or money than there is, and
 * nothing after an end. Answers what is live at its end, and every request that was granted.
 */
export const walkAdmissions = (
  events: readonly StoredEvent[],
  { maxConcurrency, capMicros }: { readonly maxConcurrency: number; readonly capMicros: number },
) => {
  const live = new Map<string, Walked>();
  const granted = new Map<string, string>();
  for (const { type, data, position } of events.filter(isFanOutEvent)) {
    const event = fanOutEvent.parse({ type, data });
    const { fanOutId } = event.data;
    if (event.type === 'FanOutGranted') {
      const { requestId, concurrency, heldMicros } = event.data;
      assert.ok(!granted.has(requestId), `${requestId} is granted once`);
      granted.set(requestId, fanOutId);
      live.set(fanOutId, { requestId, slots: concurrency, micros: heldMicros });
    } else {
      const lease = live.get(fanOutId);
      assert.ok(lease !== undefined, `${event.type} at position ${String(position)} after the end of ${fanOutId}`);
      if (event.type === 'FanOutRenewed') live.set(fanOutId, { ...lease, slots: event.data.concurrency });
      else live.delete(fanOutId);
    }
    const sum = (of: 'slots' | 'micros') => [...live.values()].reduce((all, one) => all + one[of], 0);
    assert.ok(sum('slots') <= maxConcurrency, `slots at position ${String(position)}`);
    assert.ok(sum('micros') <= capMicros, `money at position ${String(position)}`);
  }
  return { live, granted };
};
