import { requestBytes } from './client.js';
import type { Connection } from './client.js';
import { orderOf } from './ingest.js';
import { percentiles } from './load.js';
import { load, startBursar } from './processes.js';
import { probing } from './probes.js';
import type { Probed } from './probes.js';
import { durable, milliseconds } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const shape = { recordsPerRequest: 100, connections: 16 };
const loadSeconds = 8;
const shareOfCapacity = 0.8;

/** B5: from acknowledged to visible in `GET /spend`, at 80 % of what the service can take, open loop. */
export const visibleRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const bursar = await startBursar(directory);
    await load(orderOf({ ...shape, requests: 1_000 }, bursar));
    const full = await load(orderOf({ ...shape, requests: 3_000 }, bursar));
    const requestsPerSecond = (3_000 / full.seconds) * shareOfCapacity;
    const requests = Math.round(requestsPerSecond * loadSeconds);
    let probes: Promise<Probed> | undefined;
    const loaded = await load(orderOf({ ...shape, requests }, bursar, requestsPerSecond), () => {
      probes = probing(bursar.port, loadSeconds - 1, (connection, number) => probe(connection, bursar.key, number));
    });
    const { latenciesMs, dropped } = (await probes) ?? { latenciesMs: new Float64Array(), dropped: 0 };
    await bursar.stop();
    const { p50Ms, p99Ms } = percentiles(latenciesMs);
    const at = `at ${Math.round(requestsPerSecond * shape.recordsPerRequest).toLocaleString('en-US')} records/s`;
    return [
      {
        workload: 'B5',
        what: `acknowledged to visible, ${at}, ${String(latenciesMs.length)} probes, ${String(dropped)} dropped`,
        figure: `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)} (ingest p99 ${milliseconds(loaded.p99Ms)})`,
        goal: 'p99 at most 20 ms',
        durability: durable,
      },
    ];
  });

// A probe meters a record for a group of its own and asks for that group until it shows.
const probe = async (connection: Connection, key: string, number: number): Promise<number> => {
  const group = `probe-${String(number)}`;
  const record = {
    source: 'probe',
    id: group,
    taskId: group,
    userId: group,
    groupId: group,
    occurredAt: new Date().toISOString(),
    costMicros: 1,
  };
  await connection.send(requestBytes('POST', '/api/v1/metering', key, JSON.stringify(record)));
  const acknowledgedMs = performance.now();
  const question = requestBytes('GET', `/api/v1/spend?by=group&group=${group}`, key);
  while (!(await connection.send(question)).includes('"totalMicros":1,')) await new Promise(setImmediate);
  return performance.now() - acknowledgedMs;
};
