import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alertTypeNames } from './alert-types.js';
import { alertIdOf } from './alert-key.js';
import type { AlertKey } from './alert-key.js';

const eng: AlertKey = { type: 'capThreshold', groupId: 'eng', userId: null, period: '2026-11', threshold: 0.8 };

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' }),
  fc.constantFrom('*', ':', '~', '~3A', '%3A', '.', '..', '/', 'a:b', 'é', 'e\u0301', '\u{1f600}'.repeat(127)),
);
const keys: fc.Arbitrary<AlertKey> = fc.record({
  type: fc.constantFrom(...alertTypeNames),
  groupId: fc.option(text),
  userId: fc.option(text),
  period: fc.option(fc.constantFrom('2026-11', '2026-12')),
  threshold: fc.option(fc.constantFrom(0.5, 0.8, 1, 10, 0.0001)),
});

describe('alertIdOf', () => {
  const table: readonly [changes: Partial<AlertKey>, id: string][] = [
    [{}, 'capThreshold:eng:*:2026-11:0.8'],
    [{ groupId: null, threshold: 1 }, 'capThreshold:*:*:2026-11:1'],
    [{ groupId: '*' }, 'capThreshold:~2A:*:2026-11:0.8'],
    [{ groupId: 'a:b/c%' }, 'capThreshold:a~3Ab~2Fc~25:*:2026-11:0.8'],
    [
      { type: 'userRunaway', userId: 'ana@example.com', period: null, threshold: null },
      'userRunaway:eng:ana~40example.com:*:*',
    ],
  ];
  for (const [changes, id] of table) {
    it(id, () => {
      assert.equal(alertIdOf({ ...eng, ...changes }), id);
    });
  }

  it('fits into a URL and is short, whatever the ids are', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const id = alertIdOf(key);
        assert.match(id, /^[A-Za-z0-9_.~*:-]{1,255}$/);
        assert.equal(new URL(`http://host/alerts/${id}/resolve`).pathname, `/alerts/${id}/resolve`);
      }),
    );
  });

  it('is another one for another meaning', () => {
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        assert.equal(alertIdOf(one) === alertIdOf(other), JSON.stringify(one) === JSON.stringify(other));
      }),
    );
    const long = 'é'.repeat(254);
    assert.notEqual(alertIdOf({ ...eng, groupId: `${long}a` }), alertIdOf({ ...eng, groupId: `${long}b` }));
  });
});
