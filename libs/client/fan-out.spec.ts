import assert from 'node:assert/strict';
import { FanOutStandIn } from '#test/support/fan-out-stand-in.js';
import { VirtualClock } from '#test/support/virtual-clock.js';
import { type Bursar, createBursar } from './bursar.js';
import type { Reason } from './fan-out-contract.js';
import type { FanOutOptions, FanOutRan, FanOutResult, Worker } from './fan-out-options.js';

const work = { requestId: 'r-1', groupId: 'eng', userId: 'u-ana', taskId: 't-1' };
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('a fan-out of the client', () => {
  let clock: VirtualClock;
  let service: FanOutStandIn;
  let bursar: Bursar;
  /** Running workers over time, by what changed last. */
  let running: number;
  let most: number;

  beforeEach(() => {
    clock = new VirtualClock();
    service = new FanOutStandIn(clock);
    bursar = createBursar({
      url: 'http://bursar.test/',
      key: 'k',
      fetch: service.fetch,
      clock,
      random: () => 0.5,
    });
    running = 0;
    most = 0;
  });

  /** A worker that takes so long, and gives back its item. */
  const takes =
    (ms: number | ((item: number) => number)): Worker<number, number> =>
    async (item, { signal }) => {
      running++;
      most = Math.max(most, running);
      await clock.sleep(typeof ms === 'number' ? ms : ms(item), signal);
      running--;
      signal.throwIfAborted();
      return { result: item };
    };
  const start = <R>(options: Partial<FanOutOptions<number>>, worker: Worker<number, R>): Promise<FanOutResult<R>> =>
    bursar.fanOut({ ...work, items: numbers(10), ...options }, worker);
  const run = async <R>(options: Partial<FanOutOptions<number>>, worker: Worker<number, R>): Promise<FanOutRan<R>> => {
    const result = await clock.until(start(options, worker));
    assert.equal(result.decision, 'granted');
    return result;
  };
  const statuses = ({ items }: FanOutRan<unknown>): readonly string[] => items.map(({ status }) => status);
  const count = (result: FanOutRan<unknown>, status: string): number =>
    statuses(result).filter((found) => found === status).length;

  describe('runs', () => {
    it('every item once, in order, with the granted parallelism, and releases', async () => {
      service.slots = 3;
      const seen: unknown[] = [];
      const result = await run({}, async (item, context) => {
        seen.push([item, context.index, context.fanOutId, context.concurrency]);
        return takes(1_000)(item, context);
      });
      assert.deepEqual(
        seen,
        numbers(10).map((item) => [item, item, 'fo_r-1', 3]),
      );
      assert.equal(most, 3);
      assert.equal(result.ended, 'finished');
      assert.deepEqual(
        result.items,
        numbers(10).map((item) => ({ status: 'done', result: item })),
      );
      assert.equal(result.released, true);
      assert.deepEqual([service.only().releases, service.only().releasedAtMs], [1, 4_000]);
      assert.equal(service.requestsOf('renew').length, 0, 'nothing was long enough to be renewed');
      assert.equal(clock.waiting(), 0, 'no timer is left behind');
    });

    it('asks for what was asked, and for no field of its own', async () => {
      const asked = { parentFanOutId: 'fo_0', concurrency: 4, estimatedCostMicrosPerItem: 7, skill: 's', pattern: 'p' };
      await run({ ...asked, leaseSeconds: 30, waitAtMostSeconds: 9 }, takes(1));
      assert.deepEqual(service.requests[0].body, { ...work, ...asked, leaseSeconds: 30, items: 10 });
      assert.equal(service.requests[0].key, 'Bearer k');
    });

    it('makes one request id for a call, and another for the next', async () => {
      service.fateOf = (call, n) => (call === 'ask' && n === 0 ? { kind: 'answerLost' } : undefined);
      await run({ requestId: undefined }, takes(1));
      await run({ requestId: undefined }, takes(1));
      assert.equal(service.leases.size, 2);
      const ids = service.requestsOf('ask').map(({ body }) => ('requestId' in body ? body.requestId : undefined));
      assert.equal(ids[0], ids[1]);
      assert.notEqual(ids[1], ids[2]);
    });

    it('the others when a worker throws, also at once, and says which failed', async () => {
      const error = new Error('no such ticket');
      const result = await run({ concurrency: 2 }, (item, context) => {
        if (item === 3) throw error;
        return item === 5 ? Promise.reject(error) : takes(10)(item, context);
      });
      assert.equal(result.ended, 'finished');
      assert.equal(count(result, 'done'), 8);
      assert.deepEqual(
        [result.items[3], result.items[5]],
        [
          { status: 'failed', error },
          { status: 'failed', error },
        ],
      );
      assert.equal(service.only().releases, 1);
    });
  });

  describe('renews', () => {
    it('at half of the lease, with what has not ended, for as long as was asked', async () => {
      const result = await run({ concurrency: 1, leaseSeconds: 60, items: numbers(4) }, takes(25_000));
      assert.deepEqual(
        service.requestsOf('renew').map(({ atMs, body }) => [atMs, body]),
        [
          [30_000, { remainingItems: 3, leaseSeconds: 60 }],
          [60_000, { remainingItems: 2, leaseSeconds: 60 }],
          [90_000, { remainingItems: 1, leaseSeconds: 60 }],
        ],
      );
      assert.equal(count(result, 'done'), 4);
    });

    it('and starts more when more is granted, fewer when fewer is', async () => {
      service.slots = 2;
      clock.at(20_000, () => (service.slots = 5));
      clock.at(50_000, () => (service.slots = 1));
      const startedWith: [number, number][] = [];
      const result = await run({ items: numbers(50), leaseSeconds: 60 }, (item, context) => {
        startedWith.push([clock.monotonicMs(), running + 1]);
        return takes(5_000)(item, context);
      });
      const mostBetween = (from: number, to: number): number =>
        Math.max(...startedWith.filter(([atMs]) => atMs >= from && atMs < to).map(([, atOnce]) => atOnce));
      assert.equal(mostBetween(0, 30_000), 2);
      assert.equal(mostBetween(30_000, 60_000), 5);
      assert.equal(mostBetween(65_000, 120_000), 1, 'after those that ran have ended');
      assert.equal(startedWith.filter(([atMs]) => atMs > 60_000 && atMs < 65_000).length, 0);
      assert.equal(count(result, 'done'), 50);
    });

    it('again after failures, and loses nothing while the lease lives', async () => {
      const fates = [
        { kind: 'unreachable' },
        { kind: 'hangs' },
        { kind: 'status', status: 503, retryAfter: '3' },
      ] as const;
      service.fateOf = (call, n) => (call === 'renew' ? fates[n] : undefined);
      const result = await run({ leaseSeconds: 60, items: numbers(1) }, takes(70_000));
      const [first, second, third, fourth] = service.requestsOf('renew').map(({ atMs }) => atMs);
      assert.equal(first, 30_000);
      assert.ok(second > first && second < first + 1_000);
      assert.ok(third > second + 10_000, 'a renewal that hangs is given up after ten seconds');
      assert.ok(fourth >= third + 3_000, 'what the service asks for is waited for');
      assert.equal(result.ended, 'finished');
      assert.equal(result.renewalError, undefined);
    });

    it('by its own clock from the moment of asking: an answer that took long belongs to a shorter lease', async () => {
      service.fateOf = (call) => (call === 'ask' ? { kind: 'slow', toServerMs: 0, toClientMs: 8_000 } : undefined);
      await run({ leaseSeconds: 60, items: numbers(1) }, takes(40_000));
      assert.equal(service.requestsOf('renew')[0].atMs, 30_000);
    });
  });

  describe('stops at the end of its lease', () => {
    it('when it cannot renew: nothing starts, workers are told, and it says what was not done', async () => {
      service.fateOf = (call) => (call === 'renew' ? { kind: 'unreachable' } : undefined);
      const result = await run({ concurrency: 2, leaseSeconds: 60, items: numbers(8) }, takes(25_000));
      assert.equal(result.ended, 'expired');
      assert.deepEqual(statuses(result), [
        ...Array<string>(4).fill('done'),
        'interrupted',
        'interrupted',
        'notStarted',
        'notStarted',
      ]);
      assert.match(String(result.renewalError), /unreachable/);
      assert.match(JSON.stringify(result.items[4]), /leaseEnded/);
      assert.equal(clock.monotonicMs(), 60_000);
      assert.equal(service.only().releases, 1, 'it tells that it is over all the same');
      assert.equal(clock.waiting(), 0);
    });

    it('before the service ends it, however long the grant was on its way', async () => {
      service.fateOf = (call) => {
        if (call === 'ask') return { kind: 'slow', toServerMs: 3_000, toClientMs: 4_000 };
        return call === 'renew' ? { kind: 'hangs' } : undefined;
      };
      await run({ leaseSeconds: 60, items: numbers(1) }, takes(100_000));
      assert.equal(clock.monotonicMs(), 60_000);
      assert.equal(service.only().expiresAtMs, 63_000);
    });

    it('at once when the service says that the lease has ended', async () => {
      service.fateOf = (call) => (call === 'renew' ? { kind: 'status', status: 409, code: 'leaseEnded' } : undefined);
      const result = await run({ leaseSeconds: 60, items: numbers(1) }, takes(100_000));
      assert.deepEqual([result.ended, clock.monotonicMs()], ['expired', 30_000]);
    });

    it('also when a renewal is answered after it', async () => {
      service.fateOf = (call) => (call === 'renew' ? { kind: 'slow', toServerMs: 0, toClientMs: 9_000 } : undefined);
      const result = await run({ leaseSeconds: 10, items: numbers(2), concurrency: 1 }, takes(12_000));
      assert.deepEqual([result.ended, clock.monotonicMs()], ['expired', 10_000]);
      assert.deepEqual(statuses(result), ['interrupted', 'notStarted']);
      assert.equal(service.only().releasedAtMs, 10_000, 'the renewed lease is given back');
    });

    it('counted from when the renewal was sent, however long its answer was on its way', async () => {
      service.fateOf = (call, n) => {
        if (call !== 'renew') return undefined;
        return n === 0 ? { kind: 'slow', toServerMs: 1_000, toClientMs: 8_000 } : { kind: 'unreachable' };
      };
      const result = await run({ leaseSeconds: 60, items: numbers(1) }, takes(200_000));
      assert.deepEqual([result.ended, clock.monotonicMs()], ['expired', 90_000]);
      assert.equal(service.only().expiresAtMs, 91_000);
    });

    it('and has expired, also if its caller leaves before its workers do', async () => {
      service.fateOf = (call) => (call === 'renew' ? { kind: 'unreachable' } : undefined);
      const stop = new AbortController();
      clock.at(11_000, () => {
        stop.abort();
      });
      const result = await run(
        { leaseSeconds: 10, items: numbers(2), concurrency: 1, signal: stop.signal },
        async (item) => {
          await clock.sleep(12_000);
          return { result: item };
        },
      );
      assert.deepEqual([result.ended, ...statuses(result)], ['expired', 'done', 'notStarted']);
    });

    it('and is finished if its last worker ends well all the same', async () => {
      service.fateOf = (call) => (call === 'renew' ? { kind: 'unreachable' } : undefined);
      const result = await run({ leaseSeconds: 10, items: numbers(1) }, async (item) => {
        await clock.sleep(12_000);
        return { result: item };
      });
      assert.deepEqual([result.ended, ...statuses(result)], ['finished', 'done']);
    });
  });

  describe('stops when its caller says so', () => {
    it('in the middle: nothing starts, workers are told, renewals stop, the lease is released', async () => {
      const stop = new AbortController();
      clock.at(25_000, () => {
        stop.abort(new Error('deploy'));
      });
      const result = await run(
        { concurrency: 2, leaseSeconds: 20, items: numbers(8), signal: stop.signal },
        takes(10_000),
      );
      assert.equal(result.ended, 'aborted');
      assert.deepEqual(statuses(result), [
        ...Array<string>(4).fill('done'),
        'interrupted',
        'interrupted',
        'notStarted',
        'notStarted',
      ]);
      assert.match(String(stop.signal.reason), /deploy/);
      assert.equal(service.only().releasedAtMs, 25_000);
      assert.deepEqual(
        service.requestsOf('renew').map(({ atMs }) => atMs),
        [10_000, 20_000],
      );
    });

    it('waits for workers that take their time to stop, and releases after them', async () => {
      const stop = new AbortController();
      clock.at(1_000, () => {
        stop.abort();
      });
      await run({ items: numbers(1), signal: stop.signal }, async (item) => {
        await clock.sleep(5_000);
        return { result: item };
      });
      assert.equal(service.only().releasedAtMs, 5_000);
    });

    it('while it waits for a grant: it asks no more, and says why', async () => {
      service.denials.push([{ ...full, retryAfterSeconds: 600 }]);
      const stop = new AbortController();
      clock.at(3_000, () => {
        stop.abort(new Error('deploy'));
      });
      await assert.rejects(clock.until(start({ waitAtMostSeconds: 900, signal: stop.signal }, takes(1))), /deploy/);
      assert.deepEqual([clock.monotonicMs(), service.requests.length], [3_000, 1]);
    });

    it('between two tries to ask', async () => {
      service.fateOf = () => ({ kind: 'unreachable' });
      const stop = new AbortController();
      clock.at(100, () => {
        stop.abort(new Error('deploy'));
      });
      await assert.rejects(clock.until(start({ signal: stop.signal }, takes(1))), /deploy/);
      assert.equal(service.requests.length, 1);
    });

    it('while a grant is on its way: it is given back', async () => {
      service.fateOf = (call) => (call === 'ask' ? { kind: 'slow', toServerMs: 1_000, toClientMs: 3_000 } : undefined);
      const stop = new AbortController();
      clock.at(2_000, () => {
        stop.abort();
      });
      const result = await run({ signal: stop.signal }, takes(1));
      assert.deepEqual([result.ended, count(result, 'notStarted')], ['aborted', 10]);
      assert.equal(service.only().releases, 1);
    });
  });

  describe('denied', () => {
    it('is an answer with its reasons, and nothing starts', async () => {
      service.denials.push([{ ...full, retryAfterSeconds: 600 }]);
      const result = await clock.until(start({}, takes(1)));
      assert.deepEqual(result, {
        decision: 'denied',
        items: 10,
        reasons: [{ ...full, retryAfterSeconds: 600 }],
        requestId: 'r-1',
      });
      assert.deepEqual([service.requests.length, clock.monotonicMs()], [1, 0]);
    });

    it('waits as long as the service says, and asks the same again', async () => {
      service.denials.push([{ ...rate, retryAfterSeconds: 40 }], [{ ...rate, retryAfterSeconds: 5 }]);
      const result = await run({ waitAtMostSeconds: 120 }, takes(1));
      const [first, second, third] = service.requestsOf('ask');
      assert.ok(second.atMs >= 40_000 && second.atMs <= 44_000);
      assert.ok(third.atMs >= second.atMs + 5_000);
      assert.deepEqual([second.body, third.body], [first.body, first.body]);
      assert.equal(result.ended, 'finished');
    });

    it('asks sooner where a release may help sooner, until its time is over', async () => {
      service.denials.push(...Array<readonly Reason[]>(100).fill([{ ...full, retryAfterSeconds: 600 }]));
      const result = await clock.until(start({ waitAtMostSeconds: 60 }, takes(1)));
      assert.equal(result.decision, 'denied');
      const asked = service.requestsOf('ask').map(({ atMs }) => atMs);
      assert.ok(asked.length >= 6 && asked.length <= 8);
      assert.equal(asked.at(-1), 60_000, 'the last time when the time is over');
    });

    it('waits for every rule that binds, and not for one that only tells', async () => {
      const cap = { ...full, code: 'groupCapExhausted', wouldHaveDenied: true };
      service.denials.push([{ ...full, retryAfterSeconds: 2 }, { ...rate, retryAfterSeconds: 20 }, cap]);
      await run({ waitAtMostSeconds: 60 }, takes(1));
      assert.ok(service.requestsOf('ask')[1].atMs >= 20_000);
    });

    it('never waits for what can never fit, for what names no time, or for longer than it may', async () => {
      for (const reasons of [
        [
          { ...full, retryAfterSeconds: 1 },
          { ...rate, unsatisfiable: true },
        ],
        [{ ...full, code: 'groupPaused', limit: null, used: null, requested: null }],
        [{ ...rate, retryAfterSeconds: 61 }],
      ]) {
        service.denials.push(reasons);
        const result = await clock.until(start({ waitAtMostSeconds: 60 }, takes(1)));
        assert.equal(result.decision, 'denied');
        assert.equal(clock.monotonicMs(), 0);
      }
    });
  });
});

const full = { code: 'groupConcurrency', scope: 'group:eng', limit: 4, used: 4, requested: 1 };
const rate = { code: 'spawnRate', scope: 'tree:t-1', limit: 300, used: 295, requested: 10 };
