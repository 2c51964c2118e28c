import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { median, spread } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const rounds = 3;
const sizes = [1_000_000, 4_000_000];
const engines = ['ours', 'lmdb'] as const;
type Engine = (typeof engines)[number];

const measured = z.object({
  microseconds: z.number(),
  cpuMicroseconds: z.number(),
  residentBytes: z.number(),
  diskBytes: z.number(),
  found: z.int(),
});
type Measured = z.infer<typeof measured>;

/** The index of identities and LMDB in its place, in turn: each record is looked up and added unless it is there. */
export const identityRows = async (): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const records of sizes) {
    const runs: Record<Engine, Measured[]> = { ours: [], lmdb: [] };
    for (let round = 0; round < rounds; round++) {
      for (const engine of engines) runs[engine].push(await run(engine, records));
    }
    const found = new Set(engines.flatMap((engine) => runs[engine].map((each) => each.found)));
    if (found.size !== 1) throw new Error(`the engines do not agree on what was there: ${[...found].join(', ')}`);
    rows.push(rowOf(records, runs));
  }
  return rows;
};

const run = async (engine: Engine, records: number): Promise<Measured> =>
  inDirectory(async (directory) => {
    const program = fileURLToPath(new URL('identity-process.js', import.meta.url));
    const child = fork(program, [engine, String(records), directory]);
    const exit = once(child, 'exit');
    const [message] = (await Promise.race([once(child, 'message'), exit])) as [unknown];
    await exit;
    return measured.parse(message);
  });

const rowOf = (records: number, runs: Readonly<Record<Engine, readonly Measured[]>>): Row => ({
  workload: 'identities',
  what: `${(records / 1e6).toLocaleString('en-US')} million identities, each looked up and added`,
  figure: shown(runs.ours),
  ceiling: `LMDB ${shown(runs.lmdb)}`,
  ratio: typical(runs.ours, 'microseconds') / typical(runs.lmdb, 'microseconds'),
  durability: 'sealed once at the end; LMDB never flushed',
});

const typical = (runs: readonly Measured[], field: keyof Measured): number => median(runs.map((each) => each[field]));

const shown = (runs: readonly Measured[]): string => {
  const range = spread(
    runs.map((each) => each.microseconds),
    (value) => value.toFixed(2),
  );
  const [elapsed, cpu] = (['microseconds', 'cpuMicroseconds'] as const).map((field) => typical(runs, field).toFixed(2));
  const [disk, resident] = (['diskBytes', 'residentBytes'] as const).map((field) =>
    (typical(runs, field) / 1e6).toFixed(0),
  );
  return `${elapsed} us a record (${range}), ${cpu} us of all threads; ${disk} MB on disk, ${resident} MB resident`;
};
