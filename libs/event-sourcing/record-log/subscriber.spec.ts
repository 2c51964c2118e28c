import assert from 'node:assert/strict';
import type { StoredEvent } from '../ports/event-log.js';
import { until } from '#test/contracts/event-log.support.js';
import { Subscriber } from './subscriber.js';

const meta = { commandId: 'c', now: '', actor: '', reason: '' };
const eventAt = (position: number, type: 'live' | 'stored'): StoredEvent => ({
  position,
  stream: 'a',
  revision: position - 1,
  id: String(position),
  type,
  data: {},
  meta,
  recordedAtMs: 0,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const neverFails = (error: unknown): void => assert.ifError(error);

describe('a subscriber', () => {
  it('keeps a bounded number of live events for a slow listener, and reads the others from the store', async () => {
    let head = 0;
    const source = {
      head: () => head,
      readAfter: (after: number, limit: number) =>
        range(after + 1, Math.min(head, after + limit)).map((position) => eventAt(position, 'stored')),
    };
    const seen: StoredEvent[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const subscriber = new Subscriber(
      0,
      async (events) => {
        seen.push(...events);
        await released;
      },
      source,
      neverFails,
    );
    for (let batch = 0; batch < 1000; batch++) {
      const events = range(head + 1, head + 10).map((position) => eventAt(position, 'live'));
      head += 10;
      subscriber.offer(events);
      await Promise.resolve();
    }
    release();
    await until(() => seen.length === head);
    assert.deepEqual(
      seen.map(({ position }) => position),
      range(1, 10_000),
    );
    const live = seen.filter(({ type }) => type === 'live').length;
    assert.ok(live > 0 && live < 400, `${String(live)} live events were kept`);
    await subscriber.close();
  });

  it('rests when it is closed, after the batch it is busy with', async () => {
    let calls = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const source = { head: () => 1000, readAfter: (after: number) => [eventAt(after + 1, 'stored')] };
    const subscriber = new Subscriber(
      0,
      () => {
        calls++;
        return released;
      },
      source,
      neverFails,
    );
    await until(() => calls === 1);
    const closed = subscriber.close();
    release();
    await closed;
    assert.equal(calls, 1);
  });
});
