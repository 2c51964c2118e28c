import type { ColumnMap } from './column-map.js';
import { WrongUse } from './import-errors.js';
import type { DraftRecord, RecordField } from './record-fields.js';
import { fieldNamed, fieldValue, setIn } from './record-fields.js';

/** How the rows of one CSV file become drafts. */
interface BoundColumns {
  readonly draftOf: (cells: readonly string[]) => DraftRecord;
  /** Columns that fill nothing. */
  readonly ignored: readonly string[];
}

/**
 * Finds the columns in the header. A column named like a field fills it, unless `--map` fills that field from another.
 * @throws WrongUse if a mapped column is not there, or is there twice, or if no column fills anything
 */
export const bindColumns = (header: readonly string[], map: ColumnMap): BoundColumns => {
  const places = new Map<RecordField, number>();
  for (const [field, column] of map) places.set(field, placeOf(header, column));
  for (const column of header) {
    const field = fieldNamed(column);
    if (field !== undefined && !map.has(field)) places.set(field, placeOf(header, column));
  }
  if (places.size === 0) {
    throw new WrongUse(`No column is named like a field of a record: use --map field=column. ${columnsOf(header)}`);
  }
  const used = new Set(places.values());
  return {
    draftOf: (cells) => {
      const draft: DraftRecord = {};
      for (const [field, at] of places) {
        const value = fieldValue(field, cells[at]);
        if (value !== undefined) setIn(draft, field, value);
      }
      return draft;
    },
    ignored: header.filter((_, at) => !used.has(at)),
  };
};

const placeOf = (header: readonly string[], column: string): number => {
  const at = header.indexOf(column);
  if (at < 0) throw new WrongUse(`There is no column '${column}'. ${columnsOf(header)}`);
  if (header.includes(column, at + 1)) throw new WrongUse(`Two columns are named '${column}'.`);
  return at;
};

const columnsOf = (header: readonly string[]): string =>
  `The file has ${header.map((name) => `'${name}'`).join(', ')}.`;
