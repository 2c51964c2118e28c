/**
 * CSV as RFC 4180 has it: CRLF behind every line, the header first, quotes where they are needed. A text that a
 * spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV Injection); numbers stay numbers, also
 * negative ones. Null is an empty cell.
 */
export const csvOf = (header: readonly string[], rows: Iterable<readonly CsvCell[]>): string => {
  const lines = [lineOf(header)];
  for (const row of rows) lines.push(lineOf(row));
  return lines.join('');
};

export type CsvCell = string | number | null;

const lineOf = (cells: readonly CsvCell[]): string => `${cells.map(cellOf).join(',')}\r\n`;

const cellOf = (cell: CsvCell): string => {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = looksLikeFormula.test(cell) ? `'${cell}` : cell;
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const looksLikeFormula = /^[=+\-@\t\r\n]/;
const needsQuotes = /[",\r\n]/;
