import { openConnection, requestBytes } from './client.js';
import { orderOf } from './ingest.js';
import type { LoadOrder, LoadResult } from './load.js';
import { load, startBursar } from './processes.js';
import type { Target } from './processes.js';
import { durable, median, milliseconds, spread } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const asked = { recordsPerRequest: 1, connections: 64 };
const metered = { recordsPerRequest: 100, connections: 16 };
const groups = 1_000;
const decisionsPerSecond = 1_000;
const loadSeconds = 10;
const callers = 256;
const asksPerRound = 20_000;
const rounds = 3;

/** B3: decisions in an open loop while metering runs at half its maximum. B4: one hot group against many. */
export const fanOutRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const bursar = await startBursar(directory);
    await nameGroups(bursar);
    checked(await load(orderOf({ ...metered, requests: 1_000 }, bursar)));
    checked(await load(asksOf(bursar, { requests: 5_000, connections: 64, groups })));
    const rows = [await beside(bursar), ...(await hot(bursar))];
    await bursar.stop();
    return rows;
  });

const beside = async (bursar: Target): Promise<Row> => {
  const full = checked(await load(orderOf({ ...metered, requests: 3_000 }, bursar)));
  const requestsPerSecond = 3_000 / full.seconds / 2;
  const requests = Math.round(requestsPerSecond * (loadSeconds + 2));
  let asking: Promise<LoadResult> | undefined;
  const order = asksOf(bursar, { requests: decisionsPerSecond * loadSeconds, connections: asked.connections, groups });
  const metering = checked(
    await load(orderOf({ ...metered, requests }, bursar, requestsPerSecond), () => {
      asking = load({ ...order, requestsPerSecond: decisionsPerSecond });
    }),
  );
  if (asking === undefined) throw new Error('the load never started');
  const decided = checked(await asking);
  const rate = Math.round(metering.records / metering.seconds).toLocaleString('en-US');
  return {
    workload: 'B3',
    what: `${decisionsPerSecond.toLocaleString('en-US')} decisions/s in an open loop, beside ${rate} records/s`,
    figure: `p50 ${milliseconds(decided.p50Ms)}, p99 ${milliseconds(decided.p99Ms)}, p99.9 ${milliseconds(decided.p999Ms)}`,
    goal: 'p50 at most 2 ms, p99 at most 5 ms',
    durability: durable,
  };
};

const hot = async (bursar: Target): Promise<Row[]> => {
  const uniform: number[] = [];
  const one: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [rates, many] of [
      [uniform, groups],
      [one, 1],
    ] as const) {
      const done = checked(await load(asksOf(bursar, { requests: asksPerRound, connections: callers, groups: many })));
      rates.push(done.records / done.seconds);
    }
  }
  return [
    {
      workload: 'B4',
      what: `${String(callers)} callers on one hot group, as fast as it goes`,
      figure: `${decisions(median(one))} (${spread(one, decisions)})`,
      ceiling: `${groups.toLocaleString('en-US')} groups ${decisions(median(uniform))} (${spread(uniform, decisions)})`,
      ratio: median(one) / median(uniform),
      goal: 'at least 0.9, and 5,000 decisions/s',
      durability: durable,
    },
  ];
};

const decisions = (value: number): string => `${Math.round(value).toLocaleString('en-US')} decisions/s`;

let seed = 1;
const asksOf = (
  { port, key }: Target,
  { requests, connections, groups: many }: { requests: number; connections: number; groups: number },
): LoadOrder => ({
  kind: 'fanOuts',
  port,
  key,
  seed: seed++,
  nowMs: 0,
  connections,
  requests,
  recordsPerRequest: 1,
  groups: many,
  requestsPerSecond: 0,
});

const nameGroups = async ({ port, key }: Target): Promise<void> => {
  const connection = await openConnection(port);
  for (let number = 0; number < groups; number++) {
    const path = `/api/v1/groups/asked-${String(number)}`;
    await connection.send(requestBytes('PUT', path, key, JSON.stringify({ name: path })));
  }
  connection.close();
};

const checked = (result: LoadResult): LoadResult => {
  if (result.errors.length > 0) throw new Error(`the load met errors: ${result.errors.join('; ')}`);
  return result;
};
