import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deepest, isTooDeep } from './nesting.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const nested = (depth: number, inner = ''): string => '['.repeat(depth) + inner + ']'.repeat(depth);

/** As a parser finds it. */
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('a text of JSON', () => {
  for (const [what, text, expected] of [
    ['as deep as it may be', nested(deepest), false],
    ['deeper', nested(deepest + 1), true],
    ['deeper, in objects', '{"a":'.repeat(deepest + 1) + '1' + '}'.repeat(deepest + 1), true],
    ['of many beside each other', `[${Array.from({ length: 1_000 }, () => '[{}]').join(',')}]`, false],
    ['with brackets in a string', JSON.stringify('['.repeat(1_000)), false],
    ['with quotes and brackets in a string', JSON.stringify('"[\\"{'.repeat(1_000)), false],
    ['deeper behind a string that ends in a backslash', `["\\\\",${nested(deepest)}]`, true],
    ['deeper behind letters of many bytes', `["ähnlich 🙂",${nested(deepest)}]`, true],
    ['that begins deep and never ends', '['.repeat(1_000_000), true],
    ['with a string over the end of a piece', JSON.stringify(`${'x'.repeat(65_534)}"${'['.repeat(100)}`), false],
    ['deeper behind a string over the end of a piece', `["${'x'.repeat(65_536)}",${nested(deepest)}]`, true],
    ['that is none', ']]]]', false],
  ] as const) {
    it(`${what}: ${expected ? 'too deep' : 'not too deep'}`, async () => {
      assert.equal(await isTooDeep(bytesOf(text)), expected);
    });
  }

  it('is as deep as what is parsed of it', async () => {
    const some = fc.tuple(fc.jsonValue(), fc.integer({ min: deepest - 4, max: deepest + 1 }));
    await fc.assert(
      fc.asyncProperty(some, async ([value, around]) => {
        const text = nested(around, JSON.stringify(value));
        assert.equal(await isTooDeep(bytesOf(text)), around + depthOf(value) > deepest);
      }),
    );
  });
});
