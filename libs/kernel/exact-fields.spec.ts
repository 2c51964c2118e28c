import assert from 'node:assert/strict';
import { exactFields } from './exact-fields.js';

describe('fields with sums', () => {
  it('are as they are, up to 2^53 - 1', () => {
    const fields = { spentMicros: 2 ** 53 - 1, availableMicros: null, why: 'text', none: 0 };
    assert.deepEqual(exactFields(fields), fields);
  });

  it('are null beyond, beside their digits, and in their place', () => {
    const told = exactFields({ spentMicros: 2n ** 53n, records: 2, availableMicros: -(2n ** 60n) });
    assert.equal(
      JSON.stringify(told),
      '{"spentMicros":null,"spentMicrosExact":"9007199254740992","records":2,' +
        '"availableMicros":null,"availableMicrosExact":"-1152921504606846976"}',
    );
  });
});
