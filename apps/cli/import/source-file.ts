import { accessSync, constants, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, extname } from 'node:path';
import { WrongUse } from './import-errors.js';
import type { FileFormat } from './read-rows.js';

const formats: ReadonlyMap<string, FileFormat> = new Map([
  ['.csv', 'csv'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['csv', 'csv'],
  ['jsonl', 'jsonl'],
]);

/**
 * How a file is written: as it was said, else by its ending.
 * @throws WrongUse if neither tells
 */
export const formatOf = (file: string, given: string | undefined): FileFormat => {
  const format = formats.get(given ?? extname(file).toLowerCase());
  if (format !== undefined && !(given ?? '').startsWith('.')) return format;
  throw new WrongUse(
    given === undefined
      ? `The ending of ${file} does not tell how it is written: use --format csv or --format jsonl.`
      : `--format is csv or jsonl, not '${given}'.`,
  );
};

/** The source of a file's rows, if none is named: its name without folder and ending. */
export const sourceOf = (file: string): string => basename(file, extname(file));

/**
 * The size of a file in bytes.
 * @throws WrongUse if there is no such file, or if it cannot be read as one
 */
export const sizeOf = (file: string): number => {
  const stats = readableStats(file);
  if (stats === undefined) throw new WrongUse(`There is no file ${file}.`);
  if (stats.isDirectory()) throw new WrongUse(`${file} is a directory; name one file.`);
  return stats.size;
};

const readableStats = (file: string): Stats | undefined => {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined) accessSync(file, constants.R_OK);
    return stats;
  } catch (error) {
    throw new WrongUse(`${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`);
  }
};
