import { closeSync, openSync, writeSync } from 'node:fs';
import { WrongUse } from './import-errors.js';
import type { RefusedRow } from './tally.js';

/** Takes every refused row, as a line of JSON. */
export interface RefusedFile {
  readonly write: (refused: RefusedRow) => void;
  readonly close: () => void;
}

/**
 * Begins the file anew; keeps nothing if no path is given.
 * @throws WrongUse if it cannot be written
 */
export const openRefusedFile = (path: string | undefined): RefusedFile => {
  if (path === undefined) return { write: () => undefined, close: () => undefined };
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw new WrongUse(`--report: cannot write ${path} (${error instanceof Error ? error.message : String(error)}).`);
  }
  return {
    write: ({ row, id, code, detail }) => writeSync(file, `${JSON.stringify({ row, id, code, detail })}\n`),
    close: () => closeSync(file),
  };
};
