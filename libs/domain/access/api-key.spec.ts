import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRefusal, type RefusalCode } from '#kernel/refusal.js';
import { accessEvent, type AccessEvent, roles } from './access.events.js';
import { type ApiKey, apiKeyDecider, type ApiKeyCommand, type CreateApiKey, type RevokeApiKey } from './api-key.js';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const meta = { commandId: 'c1', nowMs, actor: 'apiKey:k0', reason: '' };
const ofFinance: CreateApiKey['data'] = {
  keyId: 'k1',
  name: 'Monthly report',
  role: 'finance',
  groups: null,
  source: null,
  expiresAtMs: null,
  secretHash: 'a'.repeat(64),
};
const create = (data: Partial<CreateApiKey['data']>): CreateApiKey => ({
  type: 'CreateApiKey',
  data: { ...ofFinance, ...data },
  meta,
});
const revoke = (otherLiveOwnerKeys = 0): RevokeApiKey => ({
  type: 'RevokeApiKey',
  data: { keyId: 'k1', otherLiveOwnerKeys },
  meta,
});

type Created = Extract<AccessEvent, { type: 'ApiKeyCreated' }>['data'];
const created = (data: Partial<Created>): AccessEvent => {
  const { keyId, name, role, source, secretHash } = ofFinance;
  return {
    type: 'ApiKeyCreated',
    data: { keyId, name, role, groups: null, source, expiresAt: null, secretHash, ...data },
  };
};
const revoked: AccessEvent = { type: 'ApiKeyRevoked', data: { keyId: 'k1' } };
const after = (past: readonly AccessEvent[]): ApiKey => past.reduce(apiKeyDecider.evolve, apiKeyDecider.initial);

describe('API keys', () => {
  const decided: readonly [
    what: string,
    given: readonly AccessEvent[],
    when: ApiKeyCommand,
    then: readonly AccessEvent[],
  ][] = [
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
    ['a key is revoked', [created({})], revoke(), [revoked]],
    ['a revoked key is revoked again', [created({}), revoked], revoke(), []],
    ['an owner key, while another one works', [created({ role: 'owner' })], revoke(1), [revoked]],
    [
      'an owner key that has expired opens nothing any more',
      [created({ role: 'owner', expiresAt: '2026-11-20T12:00:00.000Z' })],
      revoke(),
      [revoked],
    ],
  ];
  for (const [what, given, when, then] of decided) {
    it(what, () => {
      assert.deepEqual(apiKeyDecider.decide(when, after(given)), then);
    });
  }

  const refused: readonly [what: string, given: readonly AccessEvent[], when: ApiKeyCommand, code: RefusalCode][] = [
    ['no name', [], create({ name: '' }), 'invalidValue'],
    ['a long name', [], create({ name: 'x'.repeat(256) }), 'invalidValue'],
    ['a member without groups', [], create({ role: 'member' }), 'invalidValue'],
    ['a member with a list of none', [], create({ role: 'member', groups: [] }), 'invalidValue'],
    ['an admin with groups', [], create({ role: 'admin', groups: ['eng'] }), 'invalidValue'],
    ['a scheduler with a list of none', [], create({ role: 'scheduler', groups: [] }), 'invalidValue'],
    ['a group that is no id', [], create({ role: 'metering', groups: ['a\nb'] }), 'invalidValue'],
    ['finance with a source', [], create({ source: 'cowork' }), 'invalidValue'],
    ['a source that is no id', [], create({ role: 'metering', source: '' }), 'invalidValue'],
    ['an end that is now', [], create({ expiresAtMs: nowMs }), 'invalidValue'],
    ['an end beyond all time', [], create({ expiresAtMs: Infinity }), 'invalidValue'],
    ['an end that is no number', [], create({ expiresAtMs: Number.NaN }), 'invalidValue'],
    ['another key with the same id', [created({})], create({ secretHash: 'b'.repeat(64) }), 'idempotencyConflict'],
    ['to revoke a key nobody created', [], revoke(), 'unknownApiKey'],
    ['to revoke the last owner key', [created({ role: 'owner' })], revoke(), 'lastOwnerKey'],
  ];
  for (const [what, given, when, code] of refused) {
    it(`refuses ${what}`, () => {
      const refusal = apiKeyDecider.decide(when, after(given));
      assert.ok(isRefusal(refusal));
      assert.equal(refusal.code, code);
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
    fc.nat(2).map(revoke),
  );

  it('says nothing the second time, only what its schema knows, and revokes for ever', () => {
    fc.assert(
      fc.property(fc.array(anyCommand), (commands) => {
        let key = apiKeyDecider.initial;
        for (const command of commands) {
          const events = apiKeyDecider.decide(command, key);
          if (isRefusal(events)) continue;
          const before = key;
          key = events.map((event) => accessEvent.parse(event)).reduce(apiKeyDecider.evolve, key);
          if (before.status === 'revoked') assert.equal(key, before);
          assert.deepEqual(apiKeyDecider.decide(command, key), []);
        }
      }),
    );
  });
});
