import { readSync } from 'node:fs';

/** The two trees of an LMDB environment, as one of its meta pages names them. */
export interface Trees {
  readonly pageBytes: number;
  readonly freeRoot: bigint;
  readonly mainRoot: bigint;
}

const headerBytes = 24;
const branchPage = 1;
const bigValue = 1;
const subTree = 2;
const rootInTree = 40;
const noPage = 0xffff_ffff_ffff_ffffn;

/**
 * The highest page that any tree of the environment refers to, found with plain reads. A page that cannot be read
 * counts as in use. Layout: `MDB_page`, `MDB_node`, `MDB_ovpage` and `MDB_db` in mdb.c, data format 2.
 */
export const highestPageInUse = (file: number, { pageBytes, freeRoot, mainRoot }: Trees): bigint => {
  let highest = 0n;
  const see = (page: bigint): void => {
    if (page > highest) highest = page;
  };
  const walk = (root: bigint): void => {
    if (root === noPage) return;
    see(root);
    const page = Buffer.alloc(pageBytes);
    if (readSync(file, page, 0, pageBytes, Number(root) * pageBytes) < pageBytes) return;
    const isBranch = (page.readUInt16LE(18) & branchPage) !== 0;
    const nodes = page.readUInt16LE(20) >> 1;
    for (let index = 0; index < nodes; index++) {
      const node = headerBytes + page.readUInt16LE(headerBytes + index * 2);
      const flags = page.readUInt16LE(node + 4);
      if (isBranch) {
        walk(BigInt(page.readUInt32LE(node)) | (BigInt(flags) << 32n));
        continue;
      }
      const value = node + 8 + page.readUInt16LE(node + 6);
      if ((flags & bigValue) !== 0) see(page.readBigUInt64LE(value) + page.readBigUInt64LE(value + 16) - 1n);
      else if ((flags & subTree) !== 0) walk(page.readBigUInt64LE(value + rootInTree));
    }
  };
  walk(freeRoot);
  walk(mainRoot);
  return highest;
};
