import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stored } from '#test/support/stored.js';
import { type AccessEvent, isAccessEvent, type Role } from './access.events.js';
import { AccessView } from './access.view.js';

const hashOf = (keyId: string): string => keyId.charCodeAt(1).toString(16).padStart(64, '0');
const created = (keyId: string, role: Role, expiresAt: string | null = null): AccessEvent => ({
  type: 'ApiKeyCreated',
  data: {
    keyId,
    name: `key ${keyId}`,
    role,
    groups: null,
    source: null,
    expiresAt,
    secretHash: hashOf(keyId),
  },
});
const revoked = (keyId: string): AccessEvent => ({ type: 'ApiKeyRevoked', data: { keyId } });
const folded = (events: readonly AccessEvent[]): AccessView => {
  const view = new AccessView();
  for (const event of events) view.apply(stored(event));
  return view;
};

const end = '2026-11-20T12:00:00.000Z';
const endMs = Date.parse(end);

describe('access view', () => {
  it('knows a key by its hash until it is revoked', () => {
    const view = folded([created('k1', 'admin'), created('k2', 'finance')]);
    assert.equal(view.keyByHash(hashOf('k1'), endMs)?.keyId, 'k1');
    view.apply(stored(revoked('k1')));
    assert.equal(view.keyByHash(hashOf('k1'), endMs), undefined);
    assert.equal(view.keyByHash(hashOf('k2'), endMs)?.role, 'finance');
    assert.equal(view.keyByHash(hashOf('k3'), endMs), undefined);
  });

  it('knows a key until the instant it expires', () => {
    const view = folded([created('k1', 'admin', end)]);
    assert.equal(view.keyByHash(hashOf('k1'), endMs - 1)?.keyId, 'k1');
    assert.equal(view.keyByHash(hashOf('k1'), endMs), undefined);
  });

  it('lists every key without its hash', () => {
    const view = folded([created('k1', 'admin', end), created('k2', 'owner'), revoked('k2')]);
    assert.deepEqual(view.list(), [
      {
        keyId: 'k1',
        name: 'key k1',
        role: 'admin',
        groups: null,
        source: null,
        zeroCostIsFree: false,
        expiresAt: end,
        revoked: false,
      },
      {
        keyId: 'k2',
        name: 'key k2',
        role: 'owner',
        groups: null,
        source: null,
        zeroCostIsFree: false,
        expiresAt: null,
        revoked: true,
      },
    ]);
  });

  it('finds every key by its id, also one that is revoked', () => {
    const view = folded([created('k1', 'admin', end), created('k2', 'owner'), revoked('k2')]);
    assert.deepEqual([view.keyOf('k1'), view.keyOf('k2'), view.keyOf('k3')], [...view.list(), undefined]);
  });

  it('counts the other owner keys that work', () => {
    const view = folded([
      created('k1', 'owner'),
      created('k2', 'owner', end),
      created('k3', 'owner'),
      created('k4', 'admin'),
      revoked('k3'),
    ]);
    const others = (keyId: string, nowMs: number): unknown => {
      const key = view.ownerKey(keyId, nowMs);
      return key.status === 'absent' ? key.status : key.otherOwnerKeys;
    };
    assert.deepEqual(
      [others('k1', endMs - 1), others('k1', endMs), others('k2', endMs), others('k9', endMs)],
      [1, 0, 1, 'absent'],
    );
    assert.deepEqual(
      ['k1', 'k3'].map((keyId) => view.ownerKey(keyId, endMs).status),
      ['live', 'revoked'],
    );
  });

  const keyId = fc.constantFrom('k1', 'k2', 'k3');
  const anyEvent = fc.oneof(
    fc
      .tuple(keyId, fc.constantFrom<Role>('owner', 'admin'), fc.option(fc.constant(end)))
      .map(([id, role, expiresAt]) => created(id, role, expiresAt)),
    keyId.map(revoked),
  );

  it('comes back equal from a snapshot, and goes on from there (law 7)', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), fc.array(anyEvent), (early, late) => {
        const view = folded([created('k9', 'owner')]);
        view.load(JSON.parse(JSON.stringify(folded(early).save())) as object);
        for (const event of late) view.apply(stored(event));
        const lived = folded([...early, ...late]);
        assert.deepEqual(view.save(), lived.save());
        for (const id of ['k1', 'k2', 'k3', 'k9']) {
          assert.deepEqual(view.keyByHash(hashOf(id), endMs), lived.keyByHash(hashOf(id), endMs));
        }
      }),
    );
  });

  it('does not take something else for a snapshot', () => {
    assert.throws(() => {
      new AccessView().load({ keys: [{ keyId: 'k1' }] });
    });
  });

  it('tells its events by their type', () => {
    assert.ok(isAccessEvent(revoked('k1')));
    assert.ok(!isAccessEvent({ type: 'GroupCreated', data: {} }));
  });
});
