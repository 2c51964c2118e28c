import assert from 'node:assert/strict';
import { FanOutStandIn } from '#test/support/fan-out-stand-in.js';
import { VirtualClock } from '#test/support/virtual-clock.js';
import { BursarError } from './bursar-error.js';
import { type Bursar, createBursar } from './bursar.js';
import type { FanOutOptions, FanOutRan, Worker } from './fan-out-options.js';
import type { MeteringRecord } from './metering-contract.js';
import type { Fetch } from './post.js';

const work = { requestId: 'r-1', groupId: 'eng', userId: 'u-ana', taskId: 't-1' };

describe('a fan-out of the client, when the network or the service fails', () => {
  let clock: VirtualClock;
  let service: FanOutStandIn;
  let bursar: Bursar;

  beforeEach(() => {
    clock = new VirtualClock();
    service = new FanOutStandIn(clock);
    const keys = { key: 'scheduling', meteringKey: 'metering' };
    bursar = createBursar({ url: 'http://bursar.test', ...keys, fetch: service.fetch, clock, random: () => 0.5 });
  });

  const run = async <R>(
    worker: Worker<number, R>,
    options: Partial<FanOutOptions<number>> = {},
  ): Promise<FanOutRan<R>> => {
    const result = await clock.until(bursar.fanOut({ ...work, items: [0, 1, 2], ...options }, worker));
    assert.equal(result.decision, 'granted');
    return result;
  };
  const quick: Worker<number, number> = async (item) => ({ result: item });
  const cost = (id: string): MeteringRecord => ({
    source: 'test',
    id,
    taskId: `t-${id}`,
    userId: 'u-ana',
    occurredAt: '2026-11-20T14:03:11.482+01:00',
    costMicros: 10,
  });

  describe('asking', () => {
    it('is granted once, when the answer is lost and the request is sent again', async () => {
      service.fateOf = (call, n) => (call === 'ask' && n < 2 ? { kind: 'answerLost' } : undefined);
      const result = await run(quick);
      const [first, second, third] = service.requestsOf('ask');
      assert.deepEqual([second.body, third.body], [first.body, first.body]);
      assert.ok(third.atMs - second.atMs > second.atMs - first.atMs, 'it waits longer each time');
      assert.equal(service.only().fanOutId, result.fanOutId);
      assert.equal(service.only().releases, 1);
    });

    it('counts the lease from the request that was answered', async () => {
      service.fateOf = (call, n) => (call === 'ask' && n === 0 ? { kind: 'answerLost' } : undefined);
      await run((item, context) => clock.sleep(40_000, context.signal).then(() => quick(item, context)), {
        leaseSeconds: 60,
      });
      const [, second] = service.requestsOf('ask');
      const [renewal] = service.requestsOf('renew');
      // The second answer says 59 seconds, rounded down from what was left.
      assert.equal(renewal.atMs, second.atMs + 29_500);
    });

    it('waits as long as Retry-After says', async () => {
      const fates = [
        { kind: 'status', status: 429, code: 'overloaded', retryAfter: '4' },
        { kind: 'status', status: 503, code: 'logUnavailable', retryAfter: '5' },
        { kind: 'status', status: 502 },
      ] as const;
      service.fateOf = (call, n) => (call === 'ask' ? fates[n] : undefined);
      await run(quick);
      const asked = service.requestsOf('ask').map(({ atMs }) => atMs);
      assert.equal(asked.length, 4);
      assert.ok(asked[1] >= 4_000 && asked[2] >= asked[1] + 5_000);
    });

    it('gives up after half a minute, with one error that says why', async () => {
      service.fateOf = () => ({ kind: 'unreachable' });
      await assert.rejects(run(quick), (error) => {
        assert.ok(error instanceof BursarError);
        assert.deepEqual([error.status, error.code], [0, 'unreachable']);
        return error.detail.includes('ECONNREFUSED');
      });
      assert.ok(clock.monotonicMs() > 15_000 && clock.monotonicMs() <= 30_000);
    });

    it('does not wait longer than half a minute because the service says so', async () => {
      service.fateOf = () => ({ kind: 'status', status: 503, code: 'logUnavailable', retryAfter: '3600' });
      await assert.rejects(run(quick), { code: 'logUnavailable', retryAfterSeconds: 3_600 });
      assert.equal(clock.monotonicMs(), 0);
    });

    it('is not repeated when it is refused', async () => {
      service.fateOf = () => ({ kind: 'status', status: 403, code: 'groupNotAllowed' });
      await assert.rejects(run(quick), {
        name: 'BursarError',
        status: 403,
        code: 'groupNotAllowed',
        detail: 'As told.',
      });
      assert.equal(service.requests.length, 1);
    });

    it('is not repeated when somebody else answers there', async () => {
      const fetch = async () => ({ status: 200, headers: new Headers(), text: async () => '<h1>Welcome</h1>' });
      bursar = createBursar({ url: 'http://bursar.test', key: 'k', fetch, clock });
      await assert.rejects(run(quick), { code: 'unreadableAnswer' });
    });

    it('starts nothing when the grant of its request id is over', async () => {
      await run(quick);
      const result = await run(() => assert.fail('nothing runs twice'));
      assert.equal(result.ended, 'alreadyOver');
      assert.deepEqual(result.items, Array(3).fill({ status: 'notStarted' }));
    });
  });

  describe('releasing', () => {
    it('is tried again', async () => {
      service.fateOf = (call, n) => (call === 'release' && n < 3 ? { kind: 'unreachable' } : undefined);
      const result = await run(quick);
      assert.deepEqual([result.released, result.releaseError, service.only().releases], [true, undefined, 1]);
    });

    it('that fails is reported, and hides nothing', async () => {
      service.fateOf = (call) => (call === 'release' ? { kind: 'unreachable' } : undefined);
      const error = new Error('no such ticket');
      const result = await run(async (item, context) => {
        if (item === 1) throw error;
        return quick(item, context);
      });
      assert.equal(result.released, false);
      assert.match(String(result.releaseError), /unreachable/);
      assert.deepEqual(result.items, [
        { status: 'done', result: 0 },
        { status: 'failed', error },
        { status: 'done', result: 2 },
      ]);
      assert.ok(clock.monotonicMs() <= 15_000);
      assert.equal(clock.waiting(), 0);
    });
  });

  describe('metering', () => {
    const metered =
      (...ids: readonly string[]): Worker<number, number> =>
      async (item) => ({ result: item, metering: ids.map((id) => cost(`${id}-${String(item)}`)) });

    it('sends what workers give back with the id of the fan-out, before the release, with the key that meters', async () => {
      const result = await run(metered('a', 'b'));
      assert.deepEqual(result.metering, { accepted: 6, duplicates: 0, rejected: [], unsent: [] });
      assert.deepEqual(
        service.requests.map(({ call, key }) => [call, key]),
        [
          ['ask', 'Bearer scheduling'],
          ['meter', 'Bearer metering'],
          ['release', 'Bearer scheduling'],
        ],
      );
      assert.deepEqual(service.records.get('a-0'), { ...cost('a-0'), fanOutId: 'fo_r-1' });
    });

    it('sends what a worker has spent before it fails', async () => {
      const result = await run(async (item, { meter }) => {
        meter([cost(`spent-${String(item)}`)]);
        throw new Error('after the money was spent');
      });
      assert.deepEqual([result.items[0].status, result.metering.accepted], ['failed', 3]);
    });

    it('sends in batches, and while it runs', async () => {
      await run(
        async (item, { signal }) => {
          await clock.sleep(40_000, signal);
          return {
            result: item,
            metering: Array.from({ length: 300 }, (_, n) => cost(`${String(item)}-${String(n)}`)),
          };
        },
        { concurrency: 1, leaseSeconds: 100, items: [0, 1, 2, 3] },
      );
      assert.deepEqual(
        service.requestsOf('meter').map(({ atMs, body }) => [atMs, body.length]),
        [
          [50_000, 300],
          [100_000, 300],
          [150_000, 300],
          [160_000, 300],
        ],
        'with every renewal, and what is left before the release',
      );
    });

    it('sends the same again until it is answered, and is counted once', async () => {
      const fates = [
        { kind: 'answerLost' },
        { kind: 'status', status: 429, retryAfter: '1' },
        { kind: 'unreachable' },
      ] as const;
      service.fateOf = (call, n) => (call === 'meter' ? fates[n] : undefined);
      const result = await run(metered('a'));
      const [first, ...again] = service.requestsOf('meter').map(({ body }) => body);
      assert.deepEqual(again, [first, first, first]);
      assert.deepEqual(result.metering, { accepted: 0, duplicates: 3, rejected: [], unsent: [] });
      assert.equal(service.records.size, 3);
    });

    it('reports what could not be sent, and releases all the same', async () => {
      service.fateOf = (call) => (call === 'meter' ? { kind: 'unreachable' } : undefined);
      const result = await run(metered('a'));
      assert.deepEqual(
        result.metering.unsent,
        ['a-0', 'a-1', 'a-2'].map((id) => ({ ...cost(id), fanOutId: 'fo_r-1' })),
      );
      assert.match(String(result.metering.error), /unreachable/);
      assert.deepEqual([result.released, service.only().releases], [true, 1]);
    });

    it('tries again with the next renewal what could not be sent, and forgets the error then', async () => {
      service.fateOf = (call) =>
        call === 'meter' && clock.monotonicMs() < 120_000
          ? { kind: 'status', status: 403, code: 'notAllowed' }
          : undefined;
      const result = await run(
        async (item, { signal }) => {
          await clock.sleep(60_000, signal);
          return { result: item, metering: [cost(String(item))] };
        },
        { concurrency: 1, leaseSeconds: 100 },
      );
      assert.deepEqual(result.metering, { accepted: 3, duplicates: 0, rejected: [], unsent: [] });
    });

    it('takes so long that a renewal under way is refused meanwhile: all is finished', async () => {
      service.fateOf = (call) => {
        if (call === 'meter') return { kind: 'slow', toServerMs: 5_000, toClientMs: 0 };
        return call === 'renew' ? { kind: 'slow', toServerMs: 3_000, toClientMs: 0 } : undefined;
      };
      clock.at(51_500, () => {
        // Somebody else, such as an operator, releases it.
        service.only().releasedAtMs = 51_500;
      });
      const result = await run(
        async (item, { signal }) => {
          await clock.sleep(51_000, signal);
          return { result: item, metering: [cost(String(item))] };
        },
        { leaseSeconds: 100 },
      );
      assert.deepEqual([service.requestsOf('renew').length, result.ended], [1, 'finished']);
      assert.equal(result.metering.accepted, 3);
    });

    it('names the records that were refused', async () => {
      service.rejectedIds.add('a-1');
      const { metering } = await run(metered('a'));
      assert.equal(metering.accepted, 2);
      assert.deepEqual(metering.rejected, [
        { record: { ...cost('a-1'), fanOutId: 'fo_r-1' }, code: 'tooOld', detail: 'As told.' },
      ]);
    });

    for (const index of [7, -1, 0.5]) {
      it(`takes no record for counted when one is refused that was never sent: ${String(index)}`, async () => {
        const answer = {
          accepted: 1,
          duplicates: 0,
          rejected: [{ index, code: 'tooOld', detail: '' }],
          position: '1',
        };
        const fetch: Fetch = async (url, init) => {
          if (!url.endsWith('/metering')) return service.fetch(url, init);
          return { status: 200, headers: new Headers(), text: async () => JSON.stringify(answer) };
        };
        bursar = createBursar({ url: 'http://bursar.test', key: 'scheduling', fetch, clock, random: () => 0.5 });
        const { metering } = await run(metered('a'));
        assert.deepEqual([metering.accepted, metering.rejected, metering.unsent.length], [0, [], 3]);
        assert.match(String(metering.error), /unreadableAnswer/);
      });
    }

    it('says so when it comes too late to be sent', async () => {
      let late: () => void = () => undefined;
      await run(async (item, { meter }) => {
        late = () => {
          meter([cost('late')]);
        };
        return { result: item };
      });
      assert.throws(late, /over/);
    });
  });
});
