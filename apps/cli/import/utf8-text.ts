import { ImportFailed } from './import-errors.js';

/**
 * The text of UTF-8 bytes, wherever they are cut; a byte order mark is dropped.
 * @throws ImportFailed for bytes that are no UTF-8: two names that differ in them would become one, for ever
 */
export async function* textOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of chunks) yield decoded(() => decoder.decode(chunk, { stream: true }));
  yield decoded(() => decoder.decode());
}

const decoded = (decode: () => string): string => {
  try {
    return decode();
  } catch {
    throw new ImportFailed('The file is not UTF-8: convert it first, such as with iconv.');
  }
};
