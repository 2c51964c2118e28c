import { serveLog } from './beside/log-server.js';
import { makeDirectory, openEnvironment } from './environment.js';
import { Fence } from './fence.js';
import { type Flush, LogStore } from './log-store.js';
import { DirectoryLock } from './owner/directory-lock.js';
import type { OwnerSocket } from './owner/owner-socket.js';
import { storageFailure } from './storage-failure.js';

const commitOnce: Flush = (commit) => commit();

/**
 * The records of a directory, for the one process that writes to it; others may read them at its socket. Rejects with
 * `LogFailure`: `inUse` names the process that has the directory, `notWritable`, `full` and `damaged` say what to do.
 */
export const openLogStore = async (
  directory: string,
  flush: Flush = commitOnce,
): Promise<{ readonly store: LogStore; readonly socket: OwnerSocket }> => {
  const owner = await ownerOf(directory);
  try {
    const environment = openEnvironment(directory, false);
    try {
      const fence = Fence.raise(environment, owner.token);
      const store = new LogStore(environment, directory, { owner, fence, flush });
      serveLog(owner.socket, store);
      return { store, socket: owner.socket };
    } catch (error) {
      await environment.close();
      throw error;
    }
  } catch (error) {
    await owner.release();
    throw storageFailure(error, directory, 'reading');
  }
};

const ownerOf = async (directory: string): Promise<DirectoryLock> => {
  try {
    makeDirectory(directory);
    return await DirectoryLock.take(directory);
  } catch (error) {
    throw storageFailure(error, directory, 'writing');
  }
};
