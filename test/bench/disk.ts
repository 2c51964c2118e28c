import { fdatasyncSync, openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { recordsOf } from './records.js';
import { median, milliseconds, perSecond } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

/** B0: appending the same bytes to a file, with an fdatasync per request of 1, 100 and 1,000 records. */
export const diskRows = async (): Promise<Row[]> =>
  inDirectory((directory) => Promise.resolve([1, 100, 1_000].map((records) => diskRow(directory, records))));

const diskRow = (directory: string, records: number): Row => {
  const next = recordsOf({ seed: 9, nowMs: Date.now(), overMs: 600_000, duplicates: 0.01, invalid: 0 });
  const bytes = Buffer.from(JSON.stringify(Array.from({ length: records }, next)));
  const file = openSync(join(directory, `append-${String(records)}`), 'w');
  const timesMs = Array.from({ length: 200 }, () => {
    const startedMs = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    return performance.now() - startedMs;
  });
  closeSync(file);
  const typicalMs = median(timesMs);
  return {
    workload: 'B0',
    what: `append + fdatasync, ${String(records)} records at a time`,
    figure: `${perSecond((records / typicalMs) * 1_000)} (${milliseconds(typicalMs)} each)`,
    durability: 'flushed to disk',
  };
};
