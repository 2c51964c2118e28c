import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { checkDataFile } from './data-file.js';
import { damagedFile, storageFailure } from './storage-failure.js';

/**
 * Opens an LMDB environment, having looked at its file first. Throws `LogFailure`. Only for a process that has the
 * directory to itself, see `DirectoryLock`.
 *
 * `overlappingSync` is off: with it a commit is visible before it is on disk, and when the flush fails `flushed` never
 * settles and the next flush may succeed without the lost pages. Without it a commit is flushed, then made visible,
 * then acknowledged. `eventTurnBatching` is off: with it a failed commit also rejects a promise that nobody can reach.
 * `txnStartThreshold` is as low as it goes: a commit begins at once rather than with the next turn of the event loop.
 */
export const openEnvironment = (directory: string, readOnly: boolean): RootDatabase<Buffer> => {
  try {
    if (readOnly && !existsSync(join(directory, 'data.mdb'))) throw damagedFile(directory, 'there is no data.mdb');
    if (!readOnly) makeDirectory(directory);
    checkDataFile(directory, readOnly);
    const options = {
      path: directory,
      noSubdir: false,
      encoding: 'binary' as const,
      cache: false,
      compression: false,
      overlappingSync: false,
      eventTurnBatching: false,
      txnStartThreshold: 1,
      readOnly,
    };
    const environment = open<Buffer>(options);
    if (!readOnly) flushDirectory(directory);
    return environment;
  } catch (error) {
    throw storageFailure(error, directory, 'reading');
  }
};

/** Makes the directory, and makes sure that it is still there after a power cut. */
export const makeDirectory = (directory: string): void => {
  const created = mkdirSync(directory, { recursive: true });
  if (created === undefined) return;
  for (let made = directory; made.length >= created.length; made = dirname(made)) flushDirectory(dirname(made));
};

/** A new file is only there after a power cut if the directory that names it was flushed, too. */
const flushDirectory = (directory: string): void => {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** A failed commit rejects with an error that holds a promise of the reason. */
export const causeOf = async (error: unknown): Promise<unknown> => {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
};
