import { closeSync, ftruncateSync, openSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { LogFailure } from '#event-sourcing/ports/event-log.js';

const full = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EFBIG']);
// ENOENT is what Node says of a directory that cannot be made on a read-only file system.
const notWritable = new Set<unknown>(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT']);
/** LMDB's own return codes, lmdb.h: a page is missing, corrupted, or the file is no LMDB file or of another version. */
const damaged = new Set<unknown>([-30797, -30796, -30795, -30794, -30793]);

/** Below this much free space a write that broke off half way broke off for want of space. */
const spareBytes = 1 << 20;

/** Says in a `LogFailure` what an error of the file system or of LMDB means for the directory. */
export const storageFailure = (error: unknown, directory: string, doing: 'reading' | 'writing'): LogFailure => {
  if (error instanceof LogFailure) return error;
  const code = codeOf(error);
  const cause = { cause: error };
  // LMDB reports a write that the system cut short, which is what a full disk does first, as EIO.
  if (full.has(code) || (code === 'EIO' && isFull(directory))) {
    return new LogFailure(
      'full',
      `There is no space left for ${directory}. Free or add space, then start again: nothing that was acknowledged is lost.`,
      cause,
    );
  }
  if (notWritable.has(code)) {
    return new LogFailure(
      'notWritable',
      `${directory} cannot be written (${String(code)}). Point BURSAR_DATA_DIR to a directory that this user may write.`,
      cause,
    );
  }
  if (damaged.has(code) || doing === 'reading') return damagedFile(directory, messageOf(error), cause);
  return new LogFailure(
    'flushFailed',
    `The disk under ${directory} did not confirm a write (${messageOf(error)}). Check the disk before starting again: nothing unconfirmed was acknowledged.`,
    cause,
  );
};

export const damagedFile = (directory: string, what: string, options?: ErrorOptions): LogFailure =>
  new LogFailure(
    'damaged',
    `The store in ${directory} is damaged: ${what}. Restore the data directory from a backup.`,
    options,
  );

/** The name of a system error, which LMDB gives as a number; LMDB's own codes are negative numbers. */
const codeOf = (error: unknown): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' && code > 0 ? getSystemErrorName(-code) : code;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether the directory's disk, or the size this process may write, is used up. Looks, and changes nothing. */
const isFull = (directory: string): boolean => {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < spareBytes || !mayGrow(directory);
};

/** Tries on a sparse file, which takes no space, whether a file of the store's size may grow (`ulimit -f`). */
const mayGrow = (directory: string): boolean => {
  const probe = join(directory, 'size.probe');
  const file = openSync(probe, 'w');
  try {
    ftruncateSync(file, statSync(join(directory, 'data.mdb')).size + spareBytes);
    return true;
  } catch {
    return false;
  } finally {
    closeSync(file);
    rmSync(probe);
  }
};
