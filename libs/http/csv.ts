/**
 * CSV as RFC 4180 has it: CRLF behind every line, the header first, quotes where they are needed. A text that a
 * spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV Injection); numbers stay numbers, also
 * negative ones. Null is an empty cell.
 */
export const csvOf = (header: readonly string[], rows: Iterable<readonly CsvCell[]>): string => {
  const lines = [csvLine(header)];
  for (const row of rows) lines.push(csvLine(row));
  return lines.join('');
};

export type CsvCell = string | number | bigint | null;

/** One line of it, for files that are sent while they are made. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(cellOf).join(',')}\r\n`;

const cellOf = (cell: CsvCell): string => {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = looksLikeFormula.test(cell) ? `'${cell}` : cell;
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const looksLikeFormula = /^[=+\-@\t\r\n]/;
const needsQuotes = /[",\r\n]/;
