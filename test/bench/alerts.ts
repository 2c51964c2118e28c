import { setTimeout as wait } from 'node:timers/promises';
import { openConnection, requestBytes } from './client.js';
import type { Connection } from './client.js';
import { orderOf } from './ingest.js';
import { percentiles } from './load.js';
import { probesIn, probing } from './probes.js';
import type { Probed } from './probes.js';
import { load, startBursar } from './processes.js';
import type { Target } from './processes.js';
import { durable, milliseconds } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const shape = { recordsPerRequest: 100, connections: 16 };
const recordsPerSecond = 20_000;
const requestsPerSecond = recordsPerSecond / shape.recordsPerRequest;
/** Until the groups of the load have been told of: that is no steady state. */
const settlingSeconds = 8;
const probeSeconds = 10;
const loadSeconds = settlingSeconds + probeSeconds + 2;
const capMicros = 1_000;
/** Looking is load, too. */
const lookEveryMs = 5;

/** From the record that crosses a threshold being acknowledged to its alert being readable, while much is metered. */
export const alertRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const bursar = await startBursar(directory);
    await load(orderOf({ ...shape, requests: 1_000 }, bursar));
    await capGroups(bursar);
    let probes: Promise<Probed> | undefined;
    const requests = requestsPerSecond * loadSeconds;
    const loaded = await load(orderOf({ ...shape, requests }, bursar, requestsPerSecond), () => {
      probes = wait(settlingSeconds * 1_000).then(() =>
        probing(bursar.port, probeSeconds, (connection, number) => probe(connection, bursar.key, number)),
      );
    });
    const { latenciesMs, dropped } = (await probes) ?? { latenciesMs: new Float64Array(), dropped: 0 };
    await bursar.stop();
    const { p50Ms, p99Ms } = percentiles(latenciesMs);
    const metered = `${Math.round(loaded.records / loaded.seconds).toLocaleString('en-US')} records/s`;
    return [
      {
        workload: 'alerts',
        what: `crossing acknowledged to alert readable, at ${metered}, ${String(latenciesMs.length)} probes, ${String(dropped)} dropped`,
        figure: `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)} (ingest p99 ${milliseconds(loaded.p99Ms)})`,
        goal: 'issue: p99 under 100 ms',
        durability: durable,
      },
    ];
  });

const groupOf = (number: number): string => `probe-${String(number)}`;

/** Every probe has a group of its own, with a fixed cap that nothing has crossed. */
const capGroups = async ({ port, key }: Target): Promise<void> => {
  const connection = await openConnection(port);
  const cap = { policy: { kind: 'fixed', capMicros }, enforcement: 'alert', thresholds: [1] };
  for (let number = 0; number < probesIn(probeSeconds); number++) {
    const path = `/api/v1/groups/${groupOf(number)}`;
    await connection.send(requestBytes('PUT', path, key, JSON.stringify({ name: groupOf(number) })));
    await connection.send(requestBytes('PUT', `${path}/cap`, key, JSON.stringify(cap)));
  }
  connection.close();
};

const probe = async (connection: Connection, key: string, number: number): Promise<number> => {
  const group = groupOf(number);
  const record = {
    source: 'probe',
    id: group,
    taskId: group,
    userId: group,
    groupId: group,
    occurredAt: new Date().toISOString(),
    costMicros: capMicros,
  };
  await connection.send(requestBytes('POST', '/api/v1/metering', key, JSON.stringify(record)));
  const acknowledgedMs = performance.now();
  const question = requestBytes('GET', `/api/v1/alerts?group=${group}&type=capThreshold`, key);
  while (!(await connection.send(question)).includes('"capThreshold"')) {
    await wait(lookEveryMs);
  }
  return performance.now() - acknowledgedMs;
};
