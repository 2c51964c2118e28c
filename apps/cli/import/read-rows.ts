import { createReadStream } from 'node:fs';
import type { ReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { bindColumns } from './bind-columns.js';
import { bindKeys } from './bind-keys.js';
import type { ColumnMap } from './column-map.js';
import { ImportFailed, WrongUse } from './import-errors.js';
import { linesOf, longestLine } from './lines.js';
import type { DraftRecord } from './record-fields.js';
import { isPlainObject } from './record-fields.js';
import { textOf } from './utf8-text.js';

/** A row, numbered from 1 (a header and empty lines do not count): a draft, or why it cannot be read. */
export interface SourceRow {
  readonly row: number;
  readonly draft: DraftRecord | undefined;
  readonly fault: RowFault | undefined;
}
export interface RowFault {
  readonly code: string;
  readonly detail: string;
}

/** An open file: its rows once, in order, and how far they were read. */
export interface RowReader {
  readonly rows: AsyncGenerator<SourceRow>;
  readonly bytesRead: () => number;
  /** Columns or keys that fill no field, as far as the file was read. */
  readonly ignored: () => readonly string[];
}

export type FileFormat = 'csv' | 'jsonl';

export const openRows = (path: string, format: FileFormat, map: ColumnMap): RowReader => {
  const input = createReadStream(path, { highWaterMark: 256 * 1024 });
  const ignored = { names: (): readonly string[] => [] };
  const rows = format === 'csv' ? csvRows(input, map, ignored) : jsonRows(input, map, ignored);
  return { rows, bytesRead: () => input.bytesRead, ignored: () => ignored.names() };
};

interface Ignored {
  names: () => readonly string[];
}

async function* csvRows(input: ReadStream, map: ColumnMap, ignored: Ignored): AsyncGenerator<SourceRow> {
  const parser = parse({ relax_column_count: true, skip_empty_lines: true, max_record_size: longestLine });
  // An error of either side reaches the loop below through the parser.
  pipeline(input, textOf, parser, () => undefined);
  const records: AsyncIterable<readonly string[]> = parser;
  let bound: ReturnType<typeof bindColumns> | undefined;
  let width = 0;
  let row = 0;
  try {
    for await (const cells of records) {
      if (bound === undefined) {
        const columns = bindColumns(cells, map);
        ignored.names = () => columns.ignored;
        width = cells.length;
        bound = columns;
        continue;
      }
      row++;
      if (cells.length === width) yield { row, draft: bound.draftOf(cells), fault: undefined };
      else yield { row, draft: undefined, fault: wrongWidth(cells.length, width) };
    }
  } catch (error) {
    if (error instanceof CsvError) throw brokenCsv(row, error);
    throw error;
  }
  if (bound === undefined) throw new WrongUse('The file is empty: a CSV file begins with a header row.');
}

const brokenCsv = (row: number, { message }: CsvError): ImportFailed =>
  new ImportFailed(`The CSV cannot be read after row ${String(row)}: ${message}.`);

const wrongWidth = (cells: number, width: number): RowFault => ({
  code: 'wrongColumnCount',
  detail: `The row has ${String(cells)} cells, the header has ${String(width)}.`,
});

async function* jsonRows(input: ReadStream, map: ColumnMap, ignored: Ignored): AsyncGenerator<SourceRow> {
  const bound = bindKeys(map);
  ignored.names = () => [...bound.ignored];
  let row = 0;
  for await (const line of linesOf(input)) {
    if (line.trim() === '') continue;
    row++;
    const value = parsed(line);
    if (isPlainObject(value)) yield { row, draft: bound.draftOf(value), fault: undefined };
    else yield { row, draft: undefined, fault: value === undefined ? notJson : notObject };
  }
}

const parsed = (line: string): unknown => {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
};
const notJson: RowFault = { code: 'rowNotJson', detail: 'The line is not JSON.' };
const notObject: RowFault = { code: 'recordNotObject', detail: 'A metering record is a JSON object.' };
