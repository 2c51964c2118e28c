import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Fate, FanOutStandIn } from '#test/support/fan-out-stand-in.js';
import { runs } from '#test/support/runs.js';
import { VirtualClock } from '#test/support/virtual-clock.js';
import { createBursar } from './bursar.js';

const delay = fc.nat(12_000);
const slow = fc.record({ kind: fc.constant('slow' as const), toServerMs: delay, toClientMs: delay });
const fate: fc.Arbitrary<Fate | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: slow },
  fc.constantFrom<Fate>(
    { kind: 'unreachable' },
    { kind: 'answerLost' },
    { kind: 'hangs' },
    { kind: 'status', status: 503, retryAfter: '2' },
    { kind: 'status', status: 409, code: 'leaseEnded' },
  ),
);

const scenario = fc.record({
  /** How long each item takes, and whether it fails. */
  items: fc.array(fc.record({ ms: fc.nat(60_000), fails: fc.boolean(), heeds: fc.boolean() }), {
    minLength: 1,
    maxLength: 30,
    size: 'max',
  }),
  concurrency: fc.integer({ min: 1, max: 10 }),
  leaseSeconds: fc.integer({ min: 1, max: 90 }),
  slots: fc.array(fc.record({ atMs: fc.nat(200_000), slots: fc.integer({ min: 1, max: 12 }) }), { maxLength: 8 }),
  ask: fc.option(slow, { nil: undefined }),
  renewals: fc.array(fate, { maxLength: 20, size: 'max' }),
  abortAtMs: fc.option(fc.nat(200_000), { freq: 1 }),
});

describe('the laws of a fan-out of the client', () => {
  it('never starts a worker beyond the latest grant or after its end, nor an item twice, and always gives back', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ items, slots, ask, renewals, abortAtMs, ...asked }) => {
        const clock = new VirtualClock();
        const service = new FanOutStandIn(clock);
        service.slots = 3;
        for (const { atMs, slots: atOnce } of slots) clock.at(atMs, () => (service.slots = atOnce));
        service.fateOf = (call, n) => {
          if (call === 'ask' && n === 0) return ask;
          return call === 'renew' ? renewals[n] : undefined;
        };
        const stop = new AbortController();
        if (abortAtMs !== null) clock.at(abortAtMs, () => stop.abort());

        // What the service has answered, as far as the client still listened: the oracle of what is allowed.
        let granted = 0;
        const bursar = createBursar({
          url: 'http://bursar.test',
          key: 'k',
          clock,
          random: () => 0.5,
          fetch: async (url, init) => {
            const answer = await service.fetch(url, init);
            const text = await answer.text();
            const found = /"concurrency":(\d+)/.exec(text);
            if (found !== null && !init.signal.aborted && !url.includes('release')) granted = Number(found[1]);
            return { ...answer, text: async () => text };
          },
        });

        const broken: string[] = [];
        const started = new Map<number, number>();
        let running = 0;
        const fanOut = bursar
          .fanOut(
            { groupId: 'eng', userId: 'u', taskId: 't', requestId: 'r', ...asked, items, signal: stop.signal },
            async ({ ms, fails, heeds }, { index, signal }) => {
              running++;
              started.set(index, (started.get(index) ?? 0) + 1);
              if (running > granted) broken.push(`${String(running)} run, ${String(granted)} are granted`);
              if (clock.monotonicMs() >= service.only().expiresAtMs) broken.push('the lease is over at the service');
              if (stop.signal.aborted || signal.aborted) broken.push('it was to stop');
              await clock.sleep(ms, heeds ? signal : undefined);
              running--;
              if (heeds) signal.throwIfAborted();
              if (fails) throw new Error('told to fail');
              return { result: index };
            },
          )
          .catch((error: unknown) => {
            if (!stop.signal.aborted) throw error;
          });
        const result = await clock.until(fanOut);

        assert.deepEqual(broken, []);
        if (result === undefined) {
          assert.equal(started.size, 0, 'it was ended before there was a grant');
          return;
        }
        assert.equal(result.decision, 'granted');
        assert.equal(running, 0, 'it waits for what it has started');
        assert.ok([...started.values()].every((times) => times === 1));
        result.items.forEach(({ status }, index) =>
          assert.equal(status === 'notStarted', !started.has(index), `item ${String(index)} is ${status}`),
        );
        if (result.ended === 'finished') assert.equal(started.size, items.length);
        else assert.ok(result.items.some(({ status }) => status === 'notStarted' || status === 'interrupted'));
        assert.equal(service.only().releases, result.ended === 'alreadyOver' ? 0 : 1);
      }),
      { numRuns: runs(200, 20_000) },
    );
  });
});
