import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { DirectoryLock } from '../owner/directory-lock.js';
import type { LockHolder } from '../owner/owner.js';
import { damagedFile, storageFailure } from '../storage-failure.js';

/** Owners come and go: one that is met while it opens or closes is met again, or has gone, a moment later. */
const looks = 20;
const betweenLooksMs = 50;

/**
 * Opens something of a directory for reading: through its owner if it has one, else by itself, owning the directory only
 * until it is open. From then on a writer that comes does no harm, and none is done to it.
 *
 * @param directory the log's, whose owner has the whole data directory
 */
export const throughOwnerOrDirect = async <T>(
  directory: string,
  beside: (owner: LockHolder) => Promise<T>,
  alone: () => Promise<T>,
): Promise<T> => {
  if (!existsSync(join(directory, 'data.mdb'))) throw damagedFile(directory, 'there is no data.mdb');
  for (let look = 1; ; look++) {
    try {
      const owner = await DirectoryLock.of(directory);
      return await (owner === undefined ? whileOwning(directory, alone) : beside(owner));
    } catch (error) {
      const isPassing = error instanceof LogFailure && (error.code === 'inUse' || error.code === 'closed');
      if (!isPassing || look === looks) throw error;
      await pause(betweenLooksMs);
    }
  }
};

const whileOwning = async <T>(directory: string, open: () => Promise<T>): Promise<T> => {
  const owner = await ownerOf(directory);
  try {
    return await open();
  } finally {
    await owner?.release();
  }
};

/** Undefined where nothing can be written: nobody else writes there either. */
const ownerOf = async (directory: string): Promise<DirectoryLock | undefined> => {
  try {
    return await DirectoryLock.take(directory);
  } catch (error) {
    const failure = storageFailure(error, directory, 'writing');
    if (failure.code === 'notWritable' || failure.code === 'full') return undefined;
    throw failure;
  }
};
