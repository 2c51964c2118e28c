import { ImportFailed } from './import-errors.js';
import { textOf } from './utf8-text.js';

/** No record is that long; a file without line ends must not fill the memory. */
export const longestLine = 16 * 1024 * 1024;

/**
 * The lines of UTF-8 text, without `\n` or `\r\n`; a byte order mark is dropped. Unlike node:readline it does not cut at
 * U+2028, which may stand inside a JSON text.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of textOf(chunks)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new ImportFailed('A line is longer than 16 MiB: is this a JSON lines file?');
    for (const line of lines) yield withoutReturn(line);
  }
  if (rest !== '') yield withoutReturn(rest);
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
