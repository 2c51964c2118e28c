import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { highestPageInUse } from './page-walk.js';
import { damagedFile } from './storage-failure.js';

/**
 * LMDB maps its file into memory and trusts it: a page that is not there kills the process (SIGBUS), and a broken meta
 * page takes back the last commit without a word. So the file is looked at with plain reads before it is mapped.
 * The layout is that of LMDB's data format 2, `MDB_meta` and `MDB_page` in mdb.c, on a 64-bit little-endian machine.
 */
interface Meta {
  readonly magic: number;
  readonly version: number;
  readonly pageBytes: number;
  readonly freeRoot: bigint;
  readonly mainRoot: bigint;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

const magic = 0xbeefc0de;
const dataVersion = 2;
const metaBytes = 168;
const noPage = 0xffff_ffff_ffff_ffffn;

/**
 * Throws `LogFailure` `damaged` if the environment's data file cannot be mapped safely. No file at all is fine; an empty
 * one is for who writes to it, as a crash between the two leaves it, and kills the process of who only reads.
 */
export const checkDataFile = (directory: string, readOnly: boolean): void => {
  const path = join(directory, 'data.mdb');
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size === 0) {
      if (readOnly) throw damagedFile(directory, 'data.mdb is empty');
      return;
    }
    const problem = problemOf(file);
    if (problem !== undefined) throw damagedFile(directory, `data.mdb ${problem}`);
  } finally {
    closeSync(file);
  }
};

const problemOf = (file: number): string | undefined => {
  const first = metaAt(file, 0);
  if (first === undefined || !isMeta(first)) return 'does not begin with a meta page';
  const second = metaAt(file, first.pageBytes);
  if (second === undefined || !isMeta(second) || second.pageBytes !== first.pageBytes) return 'has a broken meta page';
  // Transactions write the two meta pages in turn.
  const between = first.transaction - second.transaction;
  if (between > 1n || between < -1n) return 'has meta pages that do not follow on each other';
  const latest = between > 0n ? first : second;
  if (!isInside(latest.freeRoot, latest) || !isInside(latest.mainRoot, latest)) {
    return 'has a meta page that points nowhere';
  }
  const pages = BigInt(Math.floor(fstatSync(file).size / latest.pageBytes));
  // The file may end before pages that are free.
  if (pages > latest.lastPage || pages > highestPageInUse(file, latest)) return undefined;
  return `has ${String(pages)} pages of ${String(latest.lastPage + 1n)}: it was cut off`;
};

const metaAt = (file: number, at: number): Meta | undefined => {
  const page = Buffer.alloc(metaBytes);
  if (readSync(file, page, 0, metaBytes, at) < metaBytes) return undefined;
  return {
    magic: page.readUInt32LE(24),
    version: page.readUInt32LE(28) & 0xffff,
    pageBytes: page.readUInt32LE(48),
    freeRoot: page.readBigUInt64LE(88),
    mainRoot: page.readBigUInt64LE(136),
    lastPage: page.readBigUInt64LE(144),
    transaction: page.readBigUInt64LE(152),
  };
};

const isMeta = (meta: Meta): boolean =>
  meta.magic === magic && meta.version === dataVersion && meta.pageBytes >= 512 && meta.pageBytes <= 65_536;

const isInside = (root: bigint, meta: Meta): boolean => root === noPage || root <= meta.lastPage;
