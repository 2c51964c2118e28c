import { z } from 'zod';
import { preparedAsks, readDecision } from './asks.js';
import { openConnection, requestBytes } from './client.js';
import type { Connection } from './client.js';
import { recordsOf } from './records.js';

/** What the load generator is asked for; it is a process of its own (`load-process.ts`). */
export const loadOrder = z.strictObject({
  kind: z.enum(['metering', 'fanOuts']),
  port: z.int(),
  key: z.string(),
  seed: z.int(),
  nowMs: z.number(),
  connections: z.int(),
  requests: z.int(),
  /** 1 for fan-outs: what is counted is decisions. */
  recordsPerRequest: z.int(),
  /** Of fan-outs: how many groups they are for. */
  groups: z.int().min(1),
  /** Requests a second, from their intended start, whatever the answers do; 0: each connection as fast as it goes. */
  requestsPerSecond: z.number(),
});
export type LoadOrder = z.infer<typeof loadOrder>;

export const loadResult = z.strictObject({
  seconds: z.number(),
  records: z.int(),
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
  errors: z.array(z.string()),
});
export type LoadResult = z.infer<typeof loadResult>;

const answer = z.object({ accepted: z.number(), duplicates: z.number(), rejected: z.array(z.unknown()) });

/** What an answer to metering says of its records. */
const readAnswer = (body: string) => {
  const { accepted, duplicates, rejected } = answer.parse(JSON.parse(body));
  return { accepted, duplicates, rejected: rejected.length };
};

/** Builds all requests, then sends them and checks that every answer accounts for every record. */
export const runLoad = async (order: LoadOrder, started: () => void): Promise<LoadResult> => {
  const requests = order.kind === 'metering' ? preparedRequests(order) : preparedAsks(order);
  const read = order.kind === 'metering' ? readAnswer : readDecision;
  const connections = await Promise.all(Array.from({ length: order.connections }, () => openConnection(order.port)));
  const latenciesMs = new Float64Array(order.requests);
  const sums = { accepted: 0, duplicates: 0, rejected: 0 };
  const errors: string[] = [];
  let next = 0;
  started();
  const startedMs = performance.now();

  const work = async (connection: Connection): Promise<void> => {
    for (let place = next++; place < requests.length; place = next++) {
      const intendedMs =
        order.requestsPerSecond > 0 ? startedMs + (place / order.requestsPerSecond) * 1_000 : performance.now();
      if (intendedMs > performance.now()) {
        await new Promise((resolve) => setTimeout(resolve, intendedMs - performance.now()));
      }
      try {
        const told = read(await connection.send(requests[place]));
        sums.accepted += told.accepted;
        sums.duplicates += told.duplicates;
        sums.rejected += told.rejected;
      } catch (error) {
        errors.push(String(error));
      }
      latenciesMs[place] = performance.now() - intendedMs;
    }
  };
  await Promise.all(connections.map(work));
  const seconds = (performance.now() - startedMs) / 1_000;
  for (const connection of connections) connection.close();
  const records = order.requests * order.recordsPerRequest;
  if (sums.accepted + sums.duplicates + sums.rejected !== records) {
    errors.push('the answers do not account for every record');
  }
  return { seconds, records, ...sums, ...percentiles(latenciesMs), errors: errors.slice(0, 5) };
};

const preparedRequests = ({ key, seed, nowMs, requests, recordsPerRequest }: LoadOrder): Buffer[] => {
  const next = recordsOf({ seed, nowMs, overMs: 600_000, duplicates: 0.01, invalid: 0.001 });
  return Array.from({ length: requests }, () => {
    const records = Array.from({ length: recordsPerRequest }, next);
    return requestBytes(
      'POST',
      '/api/v1/metering',
      key,
      JSON.stringify(recordsPerRequest === 1 ? records[0] : records),
    );
  });
};

export const percentiles = (latenciesMs: Float64Array): { p50Ms: number; p99Ms: number; p999Ms: number } => {
  const sorted = latenciesMs.toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) };
};
