import { bytesPerSlot, Cells } from './cells.js';

/**
 * Tables as bytes, little-endian, aligned to 8: a header of 32-bit words (version, number of tables, then per table
 * its number of entries, 0 for none), then per table the columns of its entries: spent, pairs of keys, records.
 */
const version = 1;

export const encodeCells = (tables: readonly (Cells | undefined)[]): Uint8Array => {
  const counts = tables.map((table) => table?.used ?? 0);
  const total = counts.reduce((bytes, count) => bytes + sectionBytes(count), headerBytes(tables.length));
  const buffer = new ArrayBuffer(total);
  new Uint32Array(buffer).set([version, tables.length, ...counts]);
  let offset = headerBytes(tables.length);
  for (const table of tables) {
    if (table === undefined) continue;
    writeEntries(table, sectionAt(buffer, offset, table.used));
    offset += sectionBytes(table.used);
  }
  return new Uint8Array(buffer);
};

/** @throws Error if the bytes are not what `encodeCells` makes */
export const decodeCells = (bytes: Uint8Array): (Cells | undefined)[] => {
  if (bytes.length < headerBytes(0) || bytes.length % 8 !== 0) throw damaged();
  // A copy of its own: the bytes may not be aligned, and may not outlive the call. (A Buffer's `slice` makes none.)
  const buffer = new Uint8Array(bytes).buffer;
  const [foundVersion, tables] = new Uint32Array(buffer);
  if (foundVersion !== version || bytes.length < headerBytes(tables)) throw damaged();
  const counts = [...new Uint32Array(buffer, headerBytes(0), tables)];
  const total = counts.reduce((sum, count) => sum + sectionBytes(count), headerBytes(tables));
  if (total !== bytes.length) throw damaged();
  let offset = headerBytes(tables);
  return counts.map((count) => {
    if (count === 0) return undefined;
    const table = readEntries(sectionAt(buffer, offset, count), count);
    offset += sectionBytes(count);
    return table;
  });
};

/** The columns of one table's entries, as views on the bytes. */
interface Section {
  readonly spent: Float64Array;
  readonly keys: Uint32Array;
  readonly records: Int32Array;
}

const sectionAt = (buffer: ArrayBufferLike, offset: number, count: number): Section => ({
  spent: new Float64Array(buffer, offset, count),
  keys: new Uint32Array(buffer, offset + count * 8, count * 2),
  records: new Int32Array(buffer, offset + count * 16, count),
});

const writeEntries = (table: Cells, section: Section): void => {
  let entry = 0;
  for (let slot = 0; slot < table.capacity; slot++) {
    if (!table.isTaken(slot)) continue;
    section.spent[entry] = table.spent[slot];
    section.keys[2 * entry] = table.firstAt(slot);
    section.keys[2 * entry + 1] = table.secondAt(slot);
    section.records[entry] = table.records[slot];
    entry++;
  }
};

const readEntries = (section: Section, count: number): Cells => {
  const table = Cells.trimmed(count);
  const { spent, keys, records } = section;
  for (let entry = 0; entry < count; entry++) {
    table.insert(keys[2 * entry], keys[2 * entry + 1], spent[entry], records[entry]);
  }
  return table;
};

const sectionBytes = (count: number): number => Math.ceil((count * bytesPerSlot) / 8) * 8;

const headerBytes = (tables: number): number => Math.ceil((2 + tables) / 2) * 8;

const damaged = (): Error => new Error('a page of spend is damaged or of another version');
