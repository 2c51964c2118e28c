import { batchesOf } from './batches.js';
import type { ReadyRow } from './batches.js';
import { ImportFailed, WrongUse } from './import-errors.js';
import type { ImportOptions } from './options.js';
import { createProgressLine } from './progress-line.js';
import { openRows } from './read-rows.js';
import { openRefusedFile } from './refused-file.js';
import { reportOf } from './report.js';
import { resumeCommand } from './resume-command.js';
import { createSender } from './send-batch.js';
import { sizeOf } from './source-file.js';
import { createTally } from './tally.js';
import type { Terminal } from './terminal.js';

const noKey = new WrongUse('Give a key with BURSAR_KEY or --key; the first start printed one.');

const nowMs = (): number => performance.now();

/**
 * Sends the rows of a file to the service and reports.
 *
 * @param args as they were given, to say how to go on
 * @returns whether every row was taken
 * @throws WrongUse or ImportFailed when it stopped before the end of the file; what was answered is reported before
 */
export const runImport = async (
  options: ImportOptions,
  args: readonly string[],
  terminal: Terminal,
): Promise<boolean> => {
  const totalBytes = sizeOf(options.file);
  if (options.service.key === '') throw noKey;
  const refusedFile = openRefusedFile(options.refusedFile);
  const tally = createTally(options.fromRow, refusedFile.write);
  const progress = createProgressLine(terminal, totalBytes, nowMs);
  const reader = openRows(options.file, options.format, options.map);
  const startedMs = nowMs();

  const interruption = new AbortController();
  const stop = interruption.signal;
  const ignoreInterrupts = terminal.onInterrupt(() => {
    interruption.abort();
    progress.clear();
    terminal.error('Finishing the requests under way; once more to end at once.\n');
  });
  const send = createSender(options.service, stop);
  const batches = batchesOf(reader.rows, { ...options, stop, onRow: tally.read });
  const sendFrom = async (): Promise<void> => {
    // All senders draw from the same batches. When one leaves, the others get no more and finish what they have.
    for await (const batch of batches) {
      tally.begun(batch);
      tally.answered(batch, await send(bodyOf(batch)));
      progress.show(tally.counts.read, reader.bytesRead());
    }
  };
  const failure = firstFailure(await Promise.allSettled(Array.from({ length: options.inFlight }, sendFrom)));

  ignoreInterrupts();
  refusedFile.close();
  progress.clear();
  const { accepted, duplicates, refused } = tally.counts;
  if (failure !== undefined && accepted + duplicates + refused === 0) throw failure;
  terminal.out(reportOf(tally, options.file, reader.ignored(), (nowMs() - startedMs) / 1_000));
  if (failure instanceof WrongUse) throw failure;
  if (failure !== undefined) throw new ImportFailed(`${failure.message}\n${howToGoOn(args, tally.nextRow())}`);
  if (stop.aborted) terminal.error(`${howToGoOn(args, tally.nextRow())}\n`);
  return !stop.aborted && refused === 0;
};

const bodyOf = (batch: readonly ReadyRow[]): string => JSON.stringify(batch.map(({ record }) => record));

/** What ended the import, if something did. What is not a failure of the import is a bug, and is thrown. */
const firstFailure = (outcomes: readonly PromiseSettledResult<void>[]): WrongUse | ImportFailed | undefined => {
  const reasons = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (reasons.length === 0) return undefined;
  const expected = reasons.find((reason) => reason instanceof WrongUse || reason instanceof ImportFailed);
  if (expected !== undefined) return expected;
  throw reasons[0];
};

const howToGoOn = (args: readonly string[], nextRow: number): string =>
  `Stopped before row ${String(nextRow)}. Nothing counts twice, so the same command goes on; this one goes on faster:\n` +
  `  ${resumeCommand(args, nextRow)}`;
