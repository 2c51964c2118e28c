import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, streamPart } from './config.js';

/** Where the log of a data directory lies: its own log, or its copy of one that several processes share. Never both. */
const folders = { own: 'log', copy: 'copy' } as const;

const holds = (directory: string, which: keyof typeof folders): boolean =>
  existsSync(join(directory, folders[which], 'data.mdb'));

/**
 * Where the log is to be opened for writing. Throws `ConfigError` if the directory holds one of the other kind.
 *
 * @param isShared whether the log is elsewhere and the directory holds a copy of it
 */
export const logFolder = (directory: string, isShared: boolean): string => {
  if (isShared && holds(directory, 'own')) {
    throw new ConfigError(
      `${directory} holds an event log of its own, and BURSAR_EVENT_STORE names another one: copy it there with bursar migrate and choose another data directory with BURSAR_DATA_DIR, or leave BURSAR_EVENT_STORE out.`,
    );
  }
  if (!isShared && holds(directory, 'copy')) {
    throw new ConfigError(
      `${directory} holds the copy of a log in an event store: set BURSAR_EVENT_STORE to the event store, or choose another data directory with BURSAR_DATA_DIR.`,
    );
  }
  return join(directory, isShared ? folders.copy : folders.own);
};

/** Where the log, or the copy of it, is to be read; undefined if the directory holds neither. */
export const foundLogFolder = (directory: string): string | undefined => {
  const found = (['own', 'copy'] as const).find((which) => holds(directory, which));
  return found === undefined ? undefined : join(directory, folders[found]);
};

/** Where the log, or the copy of it, is to be read. Throws `ConfigError` if the directory holds neither. */
export const requireLog = (directory: string): string => {
  const found = foundLogFolder(directory);
  if (found !== undefined) return found;
  throw new ConfigError(`${directory} holds no event log. Name the data directory with --data or BURSAR_DATA_DIR.`);
};

/** Where the views are kept, as they were folded from the log of the directory. */
export const viewsFolder = (directory: string): string => join(directory, 'views');

/**
 * What the process on this data directory is called among those that share its log: the same after every restart, and
 * what no other is called. The caller has the directory to itself.
 */
export const processName = (directory: string): string => {
  const file = join(directory, 'process');
  if (existsSync(file)) {
    const name = readFileSync(file, 'utf8').trim();
    if (streamPart.test(name)) return name;
  }
  // One that was lost or spoilt costs nothing but a stream more.
  const name = randomBytes(6).toString('hex');
  writeFileSync(file, `${name}\n`);
  return name;
};
