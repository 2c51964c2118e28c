import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { alertRows } from './alerts.js';
import { capRows } from './caps.js';
import { diskRows } from './disk.js';
import { eventStoreRows } from './event-store.js';
import { fanOutRows } from './fan-outs.js';
import { identityRows } from './identities.js';
import { ingestRows } from './ingest.js';
import { leaseRows } from './leases.js';
import { printTable } from './report.js';
import type { Row } from './report.js';
import { readerRows } from './readers.js';
import { restartRows } from './restart.js';
import { visibleRows } from './visible.js';
import { place } from './workspace.js';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    dir: { type: 'string' },
    json: { type: 'string' },
  },
});
if (values.dir !== undefined) place.directory = values.dir;
const records = values.full ? 10_000_000 : 1_000_000;

const workloads: Readonly<Record<string, () => Promise<Row[]>>> = {
  disk: diskRows,
  ingest: ingestRows,
  visible: visibleRows,
  restart: () => restartRows(records),
  caps: capRows,
  alerts: alertRows,
  leases: leaseRows,
  readers: readerRows,
  fanOuts: fanOutRows,
  identities: identityRows,
  eventstore: eventStoreRows,
};

if (values.only !== undefined && !(values.only in workloads)) {
  const names = Object.keys(workloads).join(', ');
  process.stderr.write(`There is no workload "${values.only}": --only takes ${names}.\n`);
  process.exit(2);
}

const rows: Row[] = [];
const machine = `Node.js ${process.version}, ${String(cpus().length)} cores, load average ${loadavg()[0].toFixed(1)} at the start`;
process.stdout.write(`${machine}\n\n`);
for (const [name, run] of Object.entries(workloads)) {
  if (values.only !== undefined && values.only !== name) continue;
  process.stderr.write(`${name} ...\n`);
  rows.push(...(await run()));
}
printTable(rows);
const file = values.json ?? `bench-results/${new Date().toISOString().replaceAll(':', '')}.json`;
await mkdir(dirname(file), { recursive: true });
await writeFile(file, JSON.stringify({ machine, loadAfter: loadavg()[0], rows }, null, 2));
process.stdout.write(`\nLoad average ${loadavg()[0].toFixed(1)} at the end; written to ${file}\n`);
