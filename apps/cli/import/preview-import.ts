import { batchesOf } from './batches.js';
import type { ImportOptions } from './options.js';
import { openRows } from './read-rows.js';
import { sizeOf } from './source-file.js';
import type { Terminal } from './terminal.js';

const previewRows = 3;

/** Prints the first rows as they would be sent, and sends nothing. */
export const previewImport = async (options: ImportOptions, terminal: Terminal): Promise<void> => {
  sizeOf(options.file);
  const { rows } = openRows(options.file, options.format, options.map);
  const stop = new AbortController().signal;
  const onRow = (row: number, fault: { detail: string } | undefined): void => {
    if (fault !== undefined) terminal.error(`Row ${String(row)}: ${fault.detail}\n`);
  };
  for await (const batch of batchesOf(rows, { ...options, batchSize: previewRows, stop, onRow })) {
    terminal.out(
      `${JSON.stringify(
        batch.map(({ record }) => record),
        null,
        2,
      )}\n`,
    );
    return;
  }
};
