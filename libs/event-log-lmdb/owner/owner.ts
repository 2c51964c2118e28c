import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const ownerSchema = z.strictObject({
  pid: z.int(),
  /** When the process started, as the system counts it: a pid that came back belongs to somebody else. */
  startedAt: z.string(),
  /** The boot the process runs in; empty where the system does not tell. */
  boot: z.string(),
  /** The name space that `pid` is a number of: containers each count from 1. */
  pidSpace: z.string(),
  host: z.string(),
  /** Names this taking of the directory, and the socket that its owner listens at. */
  token: z.int(),
});

/** A process that has a directory to itself. */
export type LockHolder = z.infer<typeof ownerSchema>;

/** The owner that a file tells of; undefined for one that a power cut left torn, which is nobody's. */
export const parseOwner = (text: string): LockHolder | undefined => {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** This process, as the owner that `token` names. */
export const thisProcess = (token: number): LockHolder => ({
  pid: process.pid,
  startedAt: startOf(process.pid) ?? '',
  boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  pidSpace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  host: hostname(),
  token,
});

/**
 * Whether the owner's process lives. Where its pid says nothing, in another container of this machine, its socket does.
 *
 * @param holds whether this process still holds the token, if it is the owner's
 * @param answers whether somebody listens at the owner's socket
 */
export const isAlive = async (
  owner: LockHolder,
  holds: (token: number) => boolean,
  answers: () => Promise<boolean>,
): Promise<boolean> => {
  const here = thisProcess(owner.token);
  if (owner.boot !== here.boot) return false;
  if (owner.pidSpace !== here.pidSpace) return answers();
  if (owner.pid === here.pid && owner.startedAt === here.startedAt) return holds(owner.token);
  return startOf(owner.pid) === owner.startedAt;
};

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

const orEmpty = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};
