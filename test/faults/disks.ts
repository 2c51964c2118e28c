import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, made for a test. */
export interface Disk {
  /** Where it is mounted. */
  readonly at: string;
  readonly unmount: () => void;
}

/** A file system in memory of a size such as `4m`. Throws where this user may not mount. */
export const mountSmallDisk = (at: string, size: string): Disk => {
  mkdirSync(at);
  run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at);
  // Lazily: where LMDB may not write its lock file it keeps the file open until the process ends.
  return { at, unmount: () => run('umount', '--lazy', at) };
};

/**
 * A file system that promises 64 MiB on a device that has 8: writes into the page cache succeed, and it is the flush
 * that fails. Throws where this user may not make one.
 */
export const mountFailingDisk = (directory: string): Disk => {
  const small = join(directory, 'small');
  const at = join(directory, 'disk');
  const undo: (() => void)[] = [];
  const unmount = () => {
    while (undo.length > 0) undo.pop()?.();
  };
  mkdirSync(small);
  mkdirSync(at);
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small);
    undo.push(() => run('umount', small));
    const image = join(small, 'image');
    writeFileSync(image, '');
    truncateSync(image, 64 << 20);
    run('mkfs.ext4', '-q', '-O', '^has_journal', '-E', 'lazy_itable_init=1', image);
    const device = run('losetup', '--find', '--show', image);
    undo.push(() => run('losetup', '--detach', device));
    run('mount', device, at);
    undo.push(() => run('umount', at));
    return { at, unmount };
  } catch (error) {
    unmount();
    throw error;
  }
};

/** Whether this user may make such a disk here, found out by making one. */
export const canMount = (mount: (directory: string) => Disk): boolean => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-disk-'));
  const disk = attempt(() => mount(directory));
  disk?.unmount();
  rmSync(directory, { recursive: true });
  return disk !== undefined;
};

const attempt = (mount: () => Disk): Disk | undefined => {
  try {
    return mount();
  } catch {
    return undefined;
  }
};

const run = (command: string, ...words: string[]): string =>
  execFileSync(command, words, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
