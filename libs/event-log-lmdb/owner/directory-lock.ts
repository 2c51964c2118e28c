import { randomInt } from 'node:crypto';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { OwnerSocket, socketAnswers, socketNameOf } from './owner-socket.js';
import { highestOwnerFile, makeOwnerFile, removeOwnerFile, tidyOwnerFiles } from './owner-files.js';
import { isAlive, type LockHolder, thisProcess } from './owner.js';

/** Tokens this process holds: a log that failed and was closed leaves a file behind that is nobody's. */
const held = new Set<number>();

/**
 * Lock file: the right to open the environments of a directory. It is taken before they are opened, because to open one
 * that another process writes to is to damage it: LMDB puts the newest transaction that it found in the file into the
 * table that all processes share, and a commit that was made in between is then overwritten by the next one.
 *
 * Everybody else asks the owner, at its socket.
 */
export class DirectoryLock {
  private constructor(
    private readonly directory: string,
    private readonly generation: number,
    readonly token: number,
    readonly socket: OwnerSocket,
  ) {}

  /**
   * Takes the directory, at once if its owner's process is gone. Rejects with `LogFailure` `inUse` if it lives, and with
   * the system's error if the directory cannot be written. Machines that share a disk are not told apart: LMDB itself
   * does not work across machines.
   */
  static async take(directory: string): Promise<DirectoryLock> {
    for (;;) {
      const highest = highestOwnerFile(directory);
      if (highest?.owner !== undefined && (await lives(directory, highest.owner))) {
        throw inUse(directory, highest.owner);
      }
      const taken = await DirectoryLock.make(directory, (highest?.generation ?? 0) + 1);
      if (taken !== undefined) return taken;
    }
  }

  /** The process that has the directory now, if there is one. */
  static async of(directory: string): Promise<LockHolder | undefined> {
    const owner = highestOwnerFile(directory)?.owner;
    return owner !== undefined && (await lives(directory, owner)) ? owner : undefined;
  }

  /** Undefined when somebody else was faster. Who has made a file looks again: the highest generation counts. */
  private static async make(directory: string, generation: number): Promise<DirectoryLock | undefined> {
    const token = randomInt(1, 2 ** 47);
    const socket = await OwnerSocket.open(directory, socketNameOf(token));
    const isMade = makeOwnerFile(directory, generation, thisProcess(token));
    if (isMade && highestOwnerFile(directory)?.generation === generation) {
      held.add(token);
      tidyOwnerFiles(directory, generation, socketNameOf);
      return new DirectoryLock(directory, generation, token, socket);
    }
    if (isMade) removeOwnerFile(directory, generation);
    await socket.close();
    return undefined;
  }

  /** Gives the directory back. */
  async release(): Promise<void> {
    held.delete(this.token);
    await this.socket.close();
    removeOwnerFile(this.directory, this.generation);
  }

  /** Stops owning without a word to a disk that cannot be trusted: the file that stays behind is nobody's. */
  async abandon(): Promise<void> {
    held.delete(this.token);
    await this.socket.close();
  }
}

export const inUse = (directory: string, owner?: LockHolder): LogFailure => {
  const who = owner === undefined ? 'another process' : `process ${String(owner.pid)} on ${owner.host}`;
  return new LogFailure('inUse', `${directory} is in use by ${who}. Stop it, or give this one a directory of its own.`);
};

const lives = (directory: string, owner: LockHolder): Promise<boolean> =>
  isAlive(
    owner,
    (token) => held.has(token),
    () => socketAnswers(directory, socketNameOf(owner.token)),
  );
