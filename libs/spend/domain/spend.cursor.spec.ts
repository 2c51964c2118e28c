import assert from 'node:assert/strict';
import fc from 'fast-check';
import { spendCursorOf, readCursor } from './spend.cursor.js';

describe('a cursor', () => {
  it('gives back its keys and fits into an address', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 2 }), (keys) => {
        const cursor = spendCursorOf(keys);
        assert.match(cursor, /^[\w-]*$/);
        assert.deepEqual(readCursor(cursor, keys.length), keys);
        assert.equal(readCursor(cursor, keys.length + 1), undefined);
      }),
    );
  });

  it('is refused if it is not one of ours', () => {
    for (const text of ['', 'x', '!!', 'e30', spendCursorOf(['a']).slice(1)]) {
      assert.equal(readCursor(text, 1), undefined);
    }
  });
});
