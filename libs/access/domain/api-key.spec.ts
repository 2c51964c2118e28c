import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { type Case, givenFor, refusal } from '#test/support/given.js';
import { accessEvent, type AccessEvent, roles } from './access.events.js';
import { apiKeyDecider, type ApiKeyCode, type ApiKeyCommand, type NewApiKey } from './api-key.js';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const meta = { commandId: 'c1', nowMs, actor: 'apiKey:k0', reason: '' };
const ofFinance: NewApiKey = {
  keyId: 'k1',
  name: 'Monthly report',
  role: 'finance',
  groups: null,
  source: null,
  zeroCostIsFree: false,
  expiresAtMs: null,
  secretHash: 'a'.repeat(64),
};
const create = (data: Partial<NewApiKey>): ApiKeyCommand => ({
  type: 'CreateApiKey',
  data: { ...ofFinance, ...data },
  meta,
});
const revoke: ApiKeyCommand = { type: 'RevokeApiKey', data: { keyId: 'k1' }, meta };

type Created = Extract<AccessEvent, { type: 'ApiKeyCreated' }>['data'];
const created = (data: Partial<Created>): AccessEvent => {
  const { keyId, name, role, source, secretHash } = ofFinance;
  return {
    type: 'ApiKeyCreated',
    data: { keyId, name, role, groups: null, source, expiresAt: null, secretHash, ...data },
  };
};
const revoked: AccessEvent = { type: 'ApiKeyRevoked', data: { keyId: 'k1' } };
const given = givenFor(apiKeyDecider);

describe('API keys', () => {
  const table: readonly Case<ApiKeyCommand, AccessEvent, ApiKeyCode>[] = [
    ['a key for finance', [], create({}), [created({})]],
    [
      'a member key, its groups once each',
      [],
      create({ role: 'member', groups: ['eng', 'ops', 'eng'] }),
      [created({ role: 'member', groups: ['eng', 'ops'] })],
    ],
    [
      'a metering key with a source and an end',
      [],
      create({ role: 'metering', source: 'cowork', expiresAtMs: nowMs + 1 }),
      [created({ role: 'metering', source: 'cowork', expiresAt: '2026-11-20T12:00:00.001Z' })],
    ],
    ['the same key again', [created({})], create({}), []],
    ['a key is revoked', [created({})], revoke, [revoked]],
    ['a revoked key is revoked again', [created({}), revoked], revoke, []],
    [
      'an owner key that has expired opens nothing any more',
      [created({ role: 'owner', expiresAt: '2026-11-20T12:00:00.000Z' })],
      revoke,
      [revoked],
    ],
    [
      'refuses another key with the same id',
      [created({})],
      create({ secretHash: 'b'.repeat(64) }),
      refusal('idempotencyConflict'),
    ],
    ['refuses to revoke a key nobody created', [], revoke, refusal('unknownApiKey')],
    [
      'refuses to revoke an owner key where nobody knows of others',
      [created({ role: 'owner' })],
      revoke,
      refusal('lastOwnerKey'),
    ],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(when).then(then);
    });
  }

  it('revokes an owner key where others are known to work', () => {
    const { state } = given([created({ role: 'owner' })]);
    assert.ok(state.status !== 'absent');
    const revokedBeside = (otherOwnerKeys: number) => apiKeyDecider.decide(revoke, { ...state, otherOwnerKeys });
    assert.deepEqual(revokedBeside(1), [revoked]);
    assert.ok(isRefusal(revokedBeside(0)));
  });

  const invalid: readonly [what: string, data: Partial<NewApiKey>, detail: RegExp][] = [
    ['no name', { name: '' }, /^name must be/],
    ['a long name', { name: 'x'.repeat(256) }, /^name must be/],
    ['a member without groups', { role: 'member' }, /^groups must name .* a member/],
    ['a member with a list of none', { role: 'member', groups: [] }, /^groups must name .* or be left out/],
    ['an admin with groups', { role: 'admin', groups: ['eng'] }, /^groups must be left out: .* role admin/],
    ['a scheduler with a list of none', { role: 'scheduler', groups: [] }, /^groups must name .* or be left out/],
    ['a group that is no id', { role: 'metering', groups: ['a\nb'] }, /^groups must be ids/],
    ['finance with a source', { source: 'cowork' }, /^source must be left out: .* role finance/],
    ['a source that is no id', { role: 'metering', source: '' }, /^source must be 1 to 255/],
    ['an end that is now', { expiresAtMs: nowMs }, /^expiresAt/],
    ['an end beyond all time', { expiresAtMs: Infinity }, /^expiresAt/],
    ['an end that is no number', { expiresAtMs: Number.NaN }, /^expiresAt/],
  ];
  for (const [what, data, detail] of invalid) {
    it(`refuses ${what}`, () => {
      given([]).when(create(data)).then(refusal('invalidValue', detail));
    });
  }

  const anyCommand: fc.Arbitrary<ApiKeyCommand> = fc.oneof(
    fc
      .record({
        role: fc.constantFrom(...roles),
        groups: fc.option(fc.subarray(['eng', 'ops'])),
        source: fc.option(fc.constant('cowork')),
        expiresAtMs: fc.option(fc.integer({ min: nowMs - 2, max: nowMs + 2 })),
      })
      .map(create),
    fc.constant(revoke),
  );

  it('says nothing the second time, only what its schema knows, and revokes for ever', () => {
    fc.assert(
      fc.property(fc.array(anyCommand), (commands) => {
        let key = given([]);
        for (const command of commands) {
          const { outcome } = key.when(command);
          if (isRefusal(outcome)) continue;
          const before = key.state;
          key = key.and(outcome.map((event) => accessEvent.parse(event)));
          if (before.status === 'revoked') assert.equal(key.state, before);
          key.when(command).then([]);
        }
      }),
    );
  });
});
