import assert from 'node:assert/strict';
import fc from 'fast-check';
import { illFormedText } from './well-formed.js';

describe('a text that has no form in UTF-8', () => {
  const half = 'note \ud800.';
  for (const [where, value] of [
    ['alone', half],
    ['in an array', ['a', 1, null, half]],
    ['in an object', { a: { b: [half] } }],
    ['as a key', { a: { [half]: 1 } }],
    ['after numbers', { numbers: [1, 2, 3], note: half }],
  ] as const) {
    it(`is found ${where}`, () => {
      assert.equal(illFormedText(value), half);
    });
  }

  it('is found at any depth', () => {
    let deep: unknown = half;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    assert.equal(illFormedText(deep), half);
  });

  it('is found exactly where UTF-8 would change something', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'é', '\ud83d', '\ude00', '😀', '\ufffd') });
    const values = fc.tuple(fc.jsonValue(), fc.array(texts));
    fc.assert(
      fc.property(values, (value) => {
        const isStored = value[1].every((text) => Buffer.from(text, 'utf8').toString('utf8') === text);
        assert.equal(illFormedText(value) === undefined, isStored);
      }),
    );
  });
});
