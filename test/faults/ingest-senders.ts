import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import { apiOf } from '#test/support/api.js';
import type { RunningService } from '#test/support/service.js';

/** A pseudo-random number in [0, 1) at each call; the seed gives the same ones again (mulberry32, public domain). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

interface Sent {
  readonly source: string;
  readonly id: string;
  readonly taskId: string;
  readonly userId: string;
  readonly occurredAt: string;
  readonly costMicros: number;
}
/** One request, which is sent again as it is until it is answered or given up. Its records are of one task. */
interface Request {
  readonly taskId: string;
  readonly records: readonly Sent[];
}

const answer = z.object({ accepted: z.number(), duplicates: z.number(), rejected: z.array(z.unknown()) });
const task = z.object({ records: z.array(z.object({ id: z.string(), costMicros: z.number() })) });
const spend = z.object({
  items: z.array(z.object({ user: z.string(), day: z.string(), spentMicros: z.number(), records: z.number() })),
});

/** Half of the records are of the past, over months that are closed; the others are of the month of now. */
const daysLong = 50;
/** Shorter than Retry-After says, for there is more to go wrong in a campaign then. */
const refusedRestMs = 50;

/**
 * Clients that meter at the same time, and the book they keep of what was acknowledged.
 *
 * @param restMs how long each rests between two requests
 */
export const createSenders = (random: () => number, restMs = 0) => {
  const startedMs = Date.now();
  const acknowledged: Request[] = [];
  /** Sent at least once and not answered. */
  let unanswered: Request[] = [];
  const givenUp: Request[] = [];
  let requests = 0;
  let answered = 0;
  let refused = 0;

  const upTo = (limit: number): number => Math.floor(random() * limit);
  const newRequest = (): Request => {
    const taskId = `task-${String(++requests)}`;
    const size = random() < 0.5 ? 1 : 1 + upTo(700);
    const records = Array.from({ length: size }, (_, place) => ({
      source: 'kill',
      id: `${taskId}-${String(place)}`,
      taskId,
      userId: `u-${String(upTo(5))}`,
      occurredAt: new Date(Date.now() - (random() < 0.5 ? upTo(daysLong * millisecondsInDay) : 0)).toISOString(),
      costMicros: upTo(1_000_000),
    }));
    // Some requests hold a record twice.
    return { taskId, records: random() < 0.2 ? [...records, records[upTo(size)]] : records };
  };

  /** What to send next: mostly something new, else what was acknowledged before or is still unanswered. */
  const nextRequest = (): Request => {
    const again = unanswered.pop();
    if (again !== undefined) return again;
    return acknowledged.length > 0 && random() < 0.1 ? acknowledged[upTo(acknowledged.length)] : newRequest();
  };

  /** One client, which sends one request after the other until nobody answers. */
  const client = async (service: RunningService): Promise<void> => {
    const { call } = apiOf(service);
    for (;;) {
      const request = nextRequest();
      if (restMs > 0) await wait(restMs);
      const given = await call('POST', '/api/v1/metering', request.records).catch(() => undefined);
      if (given === undefined) {
        (random() < 0.2 ? givenUp : unanswered).push(request);
        return;
      }
      if (given.status === 503) {
        refused++;
        unanswered.push(request);
        await wait(refusedRestMs);
        continue;
      }
      answered++;
      assert.equal(given.status, 200, JSON.stringify(given.body));
      const { accepted, duplicates, rejected } = answer.parse(given.body);
      assert.deepEqual([accepted + duplicates, rejected.length], [request.records.length, 0]);
      if (!acknowledged.includes(request)) acknowledged.push(request);
    }
  };

  const countedOf = async (service: RunningService, { taskId }: Request): Promise<readonly string[]> => {
    const given = await apiOf(service).get(`/tasks/${taskId}`);
    return given.status === 404 ? [] : task.parse(given.body).records.map(({ id }) => id);
  };

  return {
    acknowledgedRecords: () => new Set(acknowledged.flatMap(({ records }) => records.map(({ id }) => id))).size,
    givenUp: () => givenUp.length,
    /** How often a service said that it could acknowledge nothing for now. */
    refused: () => refused,
    /** How many requests were answered so far. */
    answered: () => answered,

    /** Starts some clients; resolves when all of them have found the service gone. */
    load: (service: RunningService, clients: number): Promise<unknown> =>
      Promise.all(Array.from({ length: clients }, () => client(service))),

    /** Sends everything that was never answered once more, to a service that lives. */
    async sendTheRest(service: RunningService): Promise<void> {
      for (const request of unanswered) {
        answer.parse((await apiOf(service).call('POST', '/api/v1/metering', request.records)).body);
        acknowledged.push(request);
      }
      unanswered = [];
    },

    /** Compares what the service counts with the book, to the last record. */
    async compare(service: RunningService): Promise<void> {
      const counted = new Map(
        acknowledged.flatMap(({ records }) => records.map((record) => [record.id, record] as const)),
      );
      for (const request of givenUp) {
        const ids = await countedOf(service, request);
        assert.equal(new Set(ids).size, ids.length, 'what nobody acknowledged counts at most once');
        for (const record of request.records) if (ids.includes(record.id)) counted.set(record.id, record);
      }
      for (const request of acknowledged.filter((_, place) => place % 10 === 0)) {
        assert.deepEqual(
          [...(await countedOf(service, request))].sort(),
          [...new Set(request.records.map(({ id }) => id))].sort(),
        );
      }
      const dayAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
      const [from, to] = [startedMs - (daysLong + 1) * millisecondsInDay, Date.now() + millisecondsInDay].map(dayAt);
      const { body } = await apiOf(service).get(`/spend?by=user,day&from=${from}&to=${to}&limit=1000`);
      const served = spend
        .parse(body)
        .items.map(({ user, day, spentMicros, records }) => [user, day, spentMicros, records].join(' '));
      assert.deepEqual(served.sort(), linesOf([...counted.values()]).sort());
    },
  };
};

const linesOf = (records: readonly Sent[]): string[] => {
  const cells = new Map<string, { spent: bigint; records: number }>();
  for (const { userId, occurredAt, costMicros } of records) {
    const key = `${userId} ${occurredAt.slice(0, 10)}`;
    const cell = cells.get(key) ?? { spent: 0n, records: 0 };
    cells.set(key, { spent: cell.spent + BigInt(costMicros), records: cell.records + 1 });
  }
  return Array.from(cells, ([key, cell]) => `${key} ${String(cell.spent)} ${String(cell.records)}`);
};
