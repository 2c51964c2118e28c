import { ImportFailed } from './import-errors.js';

/** No record is that long; a file without line ends must not fill the memory. */
const longestLine = 16 * 1024 * 1024;

/**
 * The lines of UTF-8 text, without `\n` or `\r\n`; a byte order mark is dropped. Unlike node:readline it does not cut at
 * U+2028, which may stand inside a JSON text.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new ImportFailed('A line is longer than 16 MiB: is this a JSON lines file?');
    for (const line of lines) yield withoutReturn(line);
  }
  rest += decoder.decode();
  if (rest !== '') yield withoutReturn(rest);
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
