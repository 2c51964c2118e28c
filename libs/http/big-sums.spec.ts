import assert from 'node:assert/strict';
import { withExactSums } from './big-sums.js';

describe('an answer', () => {
  it('is itself where every sum is a number', () => {
    for (const answer of [{ items: [{ spentMicros: 1, cap: null }], asOf: { position: '3' } }, [], null, 'text', 7]) {
      assert.equal(withExactSums(answer), answer);
    }
  });

  it('has null and the digits where one is not, at any depth, and all else as it was', () => {
    const answer = {
      items: [
        { group: 'a', spentMicros: 2n ** 53n, cap: { availableMicros: -(2n ** 53n), capMicros: 5 } },
        { group: 'b', spentMicros: 1, cap: null },
      ],
      totalMicros: 2n ** 53n + 1n,
      asOf: { position: '3' },
    };
    assert.deepEqual(withExactSums(answer), {
      items: [
        {
          group: 'a',
          spentMicros: null,
          spentMicrosExact: '9007199254740992',
          cap: { availableMicros: null, availableMicrosExact: '-9007199254740992', capMicros: 5 },
        },
        { group: 'b', spentMicros: 1, cap: null },
      ],
      totalMicros: null,
      totalMicrosExact: '9007199254740993',
      asOf: { position: '3' },
    });
  });
});
