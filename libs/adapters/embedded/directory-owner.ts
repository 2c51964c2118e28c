import { randomInt } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Database, RootDatabase } from 'lmdb';
import { LogFailure } from '#ports/event-log.js';

/** Who writes to the directory. Stored in the environment itself, so that taking it over is one LMDB transaction. */
interface Owner {
  readonly pid: number;
  /** When the process started, as the system counts it: a pid that came back belongs to somebody else. */
  readonly startedAt: string;
  /** The boot the process runs in; empty where the system does not tell. */
  readonly boot: string;
  /** The name space that `pid` is a number of: containers each count from 1. */
  readonly pidSpace: string;
  readonly host: string;
}

const key = 'owner';
/** Tokens this process holds: a log that failed and was closed leaves a record behind that is nobody's. */
const held = new Set<number>();

/** The right to write to an environment, as long as nobody else has taken it. */
export class DirectoryOwner {
  private constructor(
    private readonly owners: Database<Owner, string>,
    private readonly token: number,
  ) {}

  /**
   * Takes the directory, at once if its owner's process is gone. Throws `LogFailure` `inUse` if it lives. Machines that
   * share a disk are not told apart: LMDB itself does not work across machines.
   */
  static take(environment: RootDatabase, directory: string): DirectoryOwner {
    const owners = environment.openDB<Owner, string>({ name: 'owner', encoding: 'json', useVersions: true });
    const token = randomInt(1, 2 ** 47);
    environment.transactionSync(() => {
      const current = owners.getEntry(key);
      if (current !== undefined && isAlive(current.value, current.version, environment)) {
        throw inUse(directory, current.value);
      }
      void owners.put(key, thisProcess(), token);
    });
    held.add(token);
    return new DirectoryOwner(owners, token);
  }

  /**
   * Commits what `write` puts, in one transaction that LMDB's writer begins with a look at the token. Resolves when it
   * is on disk; false means that the directory has been taken over, and that nothing was written.
   */
  commit(write: () => void): Promise<boolean> {
    return this.owners.ifVersion(key, this.token, write);
  }

  /** Gives the directory back, unless somebody else has it by now. */
  release(): void {
    this.abandon();
    try {
      this.owners.transactionSync(() => {
        if (this.owners.getEntry(key)?.version === this.token) void this.owners.remove(key);
      });
    } catch {
      // A full disk, for one. The record that stays behind is nobody's: its token is not held any more.
    }
  }

  /** Stops owning without a word to a disk that cannot be trusted. */
  abandon(): void {
    held.delete(this.token);
  }
}

export const inUse = (directory: string, owner?: Owner): LogFailure => {
  const who = owner === undefined ? 'another process' : `process ${String(owner.pid)} on ${owner.host}`;
  return new LogFailure('inUse', `${directory} is in use by ${who}. Stop it, or give this one a directory of its own.`);
};

const isAlive = (owner: Owner, token: number | undefined, environment: RootDatabase): boolean => {
  const here = thisProcess();
  if (owner.boot !== here.boot) return false;
  // Another container on this machine: the kernel's lock on LMDB's reader table says whether the process lives.
  if (owner.pidSpace !== here.pidSpace) return livingReaders(environment).includes(owner.pid);
  if (owner.pid === here.pid && owner.startedAt === here.startedAt) return token !== undefined && held.has(token);
  return startOf(owner.pid) === owner.startedAt;
};

const thisProcess = (): Owner => ({
  pid: process.pid,
  startedAt: startOf(process.pid) ?? '',
  boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  pidSpace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  host: hostname(),
});

/** The start of a living process, or undefined. Where there is no /proc, only whether it lives is known. */
const startOf = (pid: number): string | undefined => {
  try {
    // proc(5): the name in parentheses may hold anything; behind it come the state, and the start as the 20th field.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return process.platform !== 'linux' && answersSignals(pid) ? 'alive' : undefined;
  }
};

const answersSignals = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Pids in LMDB's reader table, one a line behind a title; opening the environment has removed the dead. */
const livingReaders = (environment: RootDatabase): readonly number[] =>
  environment
    .readerList()
    .split('\n')
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => !Number.isNaN(pid));

const orEmpty = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};
