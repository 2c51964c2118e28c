import assert from 'node:assert/strict';
import { setImmediate, setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { type EventLog, noStream, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { appendOf, until } from './event-log.support.js';

type Step =
  | { readonly kind: 'append'; readonly streams: readonly number[]; readonly events: number }
  | { readonly kind: 'subscribe'; readonly after: number; readonly isSlow: boolean }
  | { readonly kind: 'rest' };

const append: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('append'),
  streams: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
  events: fc.integer({ min: 1, max: 40 }),
});
const subscribe: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('subscribe'),
  after: fc.nat(),
  isSlow: fc.boolean(),
});
const rest: fc.Arbitrary<Step> = fc.constant({ kind: 'rest' });
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: append }, { weight: 2, arbitrary: subscribe }, { weight: 1, arbitrary: rest }),
  { minLength: 5, maxLength: 25, size: 'max' },
);

/** What a subscriber asked for and what it got. */
interface Seen {
  readonly after: number;
  readonly events: StoredEvent[];
}

/**
 * Appends without waiting and subscribes in between, at any position: every subscriber gets everything after its
 * position, in the order of the log, once, and nothing that is not durable.
 */
export const assertTotalOrder = (open: () => Promise<{ log: EventLog; dispose: () => Promise<void> }>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const { log, dispose } = await open();
      const { subscribers, lengths } = await run(log, given);
      const head = await log.head();
      const everything = await log.readAll(0, head);
      assert.deepEqual(placesOf(everything), range(1, head));
      for (const { after, events } of subscribers) {
        await until(() => events.length >= head - after);
        assert.deepEqual(events, everything.slice(after));
      }
      for (const [stream, length] of lengths) {
        const stored = await log.read(stream, 0, head);
        assert.deepEqual(
          stored,
          everything.filter((event) => event.stream === stream),
        );
        assert.equal(stored.length, length);
      }
      await dispose();
    }),
    // A lost event is waited for: looking for a smaller case would wait for each of them.
    { numRuns: 25, endOnFailure: true },
  );

/** Resolves when every append is durable; the subscribers may still be at work. */
const run = async (
  log: EventLog,
  given: readonly Step[],
): Promise<{ subscribers: Seen[]; lengths: Map<string, number> }> => {
  const subscribers: Seen[] = [];
  const lengths = new Map<string, number>();
  const pending: Promise<unknown>[] = [];
  for (const step of given) {
    switch (step.kind) {
      case 'append':
        pending.push(log.appendMany(step.streams.map((name) => next(lengths, `stream ${String(name)}`, step.events))));
        break;
      case 'subscribe':
        subscribers.push(await subscribeTo(log, step.after, step.isSlow));
        break;
      case 'rest':
        await Promise.all(pending);
    }
  }
  await Promise.all(pending);
  return { subscribers, lengths };
};

const next = (lengths: Map<string, number>, stream: string, events: number) => {
  const length = lengths.get(stream) ?? 0;
  lengths.set(stream, length + events);
  return appendOf(stream, length + noStream, events);
};

const subscribeTo = async (log: EventLog, anywhere: number, isSlow: boolean): Promise<Seen> => {
  const after = anywhere % ((await log.head()) + 1);
  const events: StoredEvent[] = [];
  log.subscribe(after, async (batch) => {
    events.push(...batch);
    const last = batch[batch.length - 1];
    assert.ok(last.position <= (await log.head()), 'delivered before it was durable');
    await (isSlow ? setTimeout(1) : setImmediate());
  });
  return { after, events };
};

const placesOf = (events: readonly StoredEvent[]): number[] => events.map(({ position }) => position);

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
