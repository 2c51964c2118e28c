import { parentPort } from 'node:worker_threads';
import { youngEntryWords } from './memtable.js';
import { mergeRuns } from './merge-runs.js';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import { RunBuilder } from './run-builder.js';
import type { RunAnswer, RunJob } from './run-job.js';
import { RunReader } from './run-reader.js';
import { sortEntries } from './sort-entries.js';

/**
 * The thread that writes runs. A merge takes turns with whatever else comes in, so that a full table does not wait for
 * a merge of millions.
 */
const work = async (job: RunJob): Promise<Uint32Array<ArrayBuffer>> => {
  const builder = new RunBuilder(job.path, job);
  try {
    if (job.kind === 'write') writeEntries(job.entries, job.places, builder);
    else await mergeFiles(job.inputs, builder);
    return builder.finish();
  } catch (error) {
    builder.abandon();
    throw error;
  }
};

const writeEntries = (entries: Uint32Array, places: number, builder: RunBuilder): void => {
  for (const entry of sortEntries(entries, youngEntryWords, places)) builder.add(entries, entry * youngEntryWords);
};

const mergeFiles = async (paths: readonly string[], builder: RunBuilder): Promise<void> => {
  const readers: RunReader[] = [];
  try {
    for (const path of paths) readers.push(new RunReader(path));
    await mergeRuns(readers, builder);
  } finally {
    for (const reader of readers) reader.close();
  }
};

const port = parentPort;
if (port === null) throw new Error('run-writer.worker.js is started as a worker thread, not by itself');

port.on('message', (job: RunJob) => {
  work(job).then(
    (trailer) => port.postMessage({ id: job.id, trailer } satisfies RunAnswer, [trailer.buffer]),
    (error: unknown) =>
      port.postMessage({
        id: job.id,
        failure: error instanceof Error ? error.message : String(error),
        isDamage: error instanceof LocationIndexDamaged,
      } satisfies RunAnswer),
  );
});
