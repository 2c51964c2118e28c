import { openConnection, requestBytes } from './client.js';
import { orderOf } from './ingest.js';
import { percentiles } from './load.js';
import { load, startBursar } from './processes.js';
import type { Target } from './processes.js';
import { durable, milliseconds } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const shape = { recordsPerRequest: 100, connections: 16 };
const probeEveryMs = 20;
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
    let probes: Promise<Probes> | undefined;
    const loaded = await load(orderOf({ ...shape, requests }, bursar, requestsPerSecond), () => {
      probes = probe(bursar);
    });
    const { visibleMs, dropped } = await (probes ?? probe(bursar));
    await bursar.stop();
    const { p50Ms, p99Ms } = percentiles(Float64Array.from(visibleMs));
    const at = `at ${Math.round(requestsPerSecond * shape.recordsPerRequest).toLocaleString('en-US')} records/s`;
    return [
      {
        workload: 'B5',
        what: `acknowledged to visible, ${at}, ${String(visibleMs.length)} probes, ${String(dropped)} dropped`,
        figure: `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)} (ingest p99 ${milliseconds(loaded.p99Ms)})`,
        goal: 'p99 at most 20 ms',
        durability: durable,
      },
    ];
  });

interface Probes {
  readonly visibleMs: readonly number[];
  readonly dropped: number;
}

// Each probe meters a record for a group of its own and asks for that group until it shows. A probe that is still
// running when the next one is due is not waited for: a connection of its own takes over, up to a bound.
const probe = async (bursar: Target): Promise<Probes> => {
  const connections = await Promise.all(Array.from({ length: 16 }, () => openConnection(bursar.port)));
  const free = [...connections];
  const visibleMs: number[] = [];
  const running: Promise<void>[] = [];
  let dropped = 0;
  for (let number = 0; number < ((loadSeconds - 1) * 1_000) / probeEveryMs; number++) {
    const connection = free.pop();
    if (connection === undefined) dropped++;
    else {
      const probed = oneProbe(connection, bursar.key, `probe-${String(number)}`).then((ms) => {
        visibleMs.push(ms);
        free.push(connection);
      });
      running.push(probed);
    }
    await new Promise((resolve) => setTimeout(resolve, probeEveryMs));
  }
  await Promise.all(running);
  for (const connection of connections) connection.close();
  return { visibleMs, dropped };
};

const oneProbe = async (
  connection: Awaited<ReturnType<typeof openConnection>>,
  key: string,
  group: string,
): Promise<number> => {
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
