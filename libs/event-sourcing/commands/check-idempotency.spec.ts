import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import { checkIdempotency } from './check-idempotency.js';
import { IdempotencyKeysView } from './idempotency-keys.view.js';

const spentAtMs = 1_000;
const keys = new IdempotencyKeysView();
keys.load({ requests: [['key-a', { request: 'one', spentAtMs }]] });

const rows: readonly (readonly [what: string, commandId: string, nowMs: number, found: string])[] = [
  ['a key that nobody has used is new', 'key-b:one', spentAtMs, 'new'],
  ['the same request with the same key is a repeat', 'key-a:one', spentAtMs, 'repeat'],
  ['another request with the same key is refused', 'key-a:two', spentAtMs, 'idempotencyConflict'],
  ['a key is forgotten after seven days', 'key-a:two', spentAtMs + 7 * millisecondsInDay + 1, 'new'],
  ['an id that Bursar has made is always new', 'one', spentAtMs, 'new'],
];

describe('checkIdempotency', () => {
  for (const [what, commandId, nowMs, found] of rows) {
    it(what, () => {
      const verdict = checkIdempotency(keys, { commandId, nowMs });
      assert.equal(isRefusal(verdict) ? verdict.code : verdict, found);
    });
  }
});
