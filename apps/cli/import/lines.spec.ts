import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import { linesOf } from './lines.js';

const linesIn = async (chunks: readonly Uint8Array[]): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line);
  return lines;
};

describe('lines of a file', () => {
  it('are the same wherever the chunks are cut, inside a letter or a line end too', async () => {
    const line = fc.stringMatching(/^[aä\u2028😀"]{1,6}$/u);
    const property = fc.asyncProperty(
      fc.array(line),
      fc.constantFrom('\n', '\r\n'),
      fc.nat(9),
      fc.boolean(),
      async (lines, end, size, last) => {
        const bytes = Buffer.from(lines.join(end) + (last && lines.length > 0 ? end : ''));
        const chunks = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, i) =>
          bytes.subarray(i * (size + 1), (i + 1) * (size + 1)),
        );
        assert.deepEqual(await linesIn(chunks), lines);
      },
    );
    await fc.assert(property, { numRuns: runs(200, 10_000) });
  });
});
