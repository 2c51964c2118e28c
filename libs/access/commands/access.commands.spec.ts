import assert from 'node:assert/strict';
import { emptyDisk, type Process, startProcess } from '#test/simulation/process.js';
import type { NewApiKey } from '../domain/api-key.js';
import { CreateApiKey, RevokeApiKey } from './access.commands.js';
import { FirstOwnerKey } from './first-owner-key.js';
import { generateKey, secretHash } from './generate-key.js';

const beginsMs = Date.UTC(2026, 10, 20);
const request = (commandId: string) => ({ commandId, nowMs: beginsMs, actor: 'apiKey:test', reason: 'a test' });
const plain = { name: 'cowork metering', role: 'metering', groups: null, source: null } as const;

const create = async ({ bus }: Process, commandId: string, wanted: Partial<NewApiKey> = {}) => {
  const { key, ...generated } = generateKey('metering', { commandId });
  const data = { ...plain, zeroCostIsFree: false, expiresAtMs: null, ...generated, ...wanted };
  return { key, keyId: data.keyId, outcome: await bus.execute(new CreateApiKey(data, request(commandId))) };
};
const codeOf = (outcome: object): unknown => ('code' in outcome ? outcome.code : outcome);

const inProcess = async (test: (process: Process) => Promise<void>): Promise<void> => {
  const process = await startProcess(emptyDisk(beginsMs));
  await test(process);
  await process.kill();
};

describe('generateKey', () => {
  it('names the same key for the same Idempotency-Key, whatever is asked for, and never makes one twice', () => {
    const one = generateKey('admin', { commandId: 'key-a:one' });
    const two = generateKey('admin', { commandId: 'key-a:two' });
    assert.equal(one.keyId, two.keyId);
    assert.notEqual(one.key, two.key);
    assert.match(one.key, /^bursar_admin_[0-9a-f]{12}_[\w-]{43}$/);
    assert.equal(one.secretHash, secretHash(one.key));
  });
});

describe('CreateApiKey', () => {
  it('stores the hash of the key, with groups and source as ids are stored', () =>
    inProcess(async (process) => {
      const { key, keyId, outcome } = await create(process, 'make', { groups: ['Cafe\u0301'], source: 'cafe\u0301' });
      assert.deepEqual(outcome, { revision: 0, repeated: false });
      const [{ type, data, meta }] = await process.log.read(`apiKey-${keyId}`, 0, 10);
      const ids = { groups: ['Caf\u00e9'], source: 'caf\u00e9' };
      assert.deepEqual(
        [type, data],
        ['ApiKeyCreated', { keyId, ...plain, ...ids, expiresAt: null, secretHash: secretHash(key) }],
      );
      assert.deepEqual([meta.commandId, meta.actor, meta.reason], ['make', 'apiKey:test', 'a test']);
      assert.equal(process.views.access.keyByHash(secretHash(key), beginsMs)?.keyId, keyId);
    }));

  it('is refused for what cannot be an id', () =>
    inProcess(async (process) => {
      const asked = [{ groups: ['eng', ' ops'] }, { source: ' cowork' }];
      for (const wanted of asked) {
        assert.equal(codeOf((await create(process, 'make', wanted)).outcome), 'invalidId');
      }
      assert.deepEqual(process.views.access.list(), []);
    }));

  it('says of a repeat that it is one: another key with its id was not made', () =>
    inProcess(async (process) => {
      const first = await create(process, 'key-a:one');
      const again = await create(process, 'key-a:one');
      assert.deepEqual(again.outcome, { revision: 0, repeated: true });
      assert.equal(codeOf((await create(process, 'key-a:two')).outcome), 'idempotencyConflict');
      assert.notEqual(again.key, first.key);
      assert.equal(process.views.access.keyByHash(secretHash(again.key), beginsMs), undefined);
      assert.ok(process.views.access.keyByHash(secretHash(first.key), beginsMs));
    }));
});

describe('RevokeApiKey', () => {
  it('is refused for a key that nobody made, and for the last owner key that works', () =>
    inProcess(async (process) => {
      const revoke = (keyId: string) => process.bus.execute(new RevokeApiKey({ keyId }, request(`revoke ${keyId}`)));
      assert.equal(codeOf(await revoke('nobody')), 'unknownApiKey');
      const one = await create(process, 'one', { role: 'owner' });
      assert.equal(codeOf(await revoke(one.keyId)), 'lastOwnerKey');
      await create(process, 'two', { role: 'owner' });
      assert.deepEqual(await revoke(one.keyId), { revision: 0, repeated: false });
      assert.equal(process.views.access.keyOf(one.keyId)?.revoked, true);
      assert.deepEqual(await revoke(one.keyId), { revision: 0, repeated: false });
      const metering = await create(process, 'three');
      await revoke(metering.keyId);
      const streams = (await process.log.readAll(0, 10)).map(({ type, stream }) => [type, stream]);
      const own = `apiKey-${metering.keyId}`;
      assert.deepEqual(streams.slice(-3), [
        ['ApiKeyRevoked', 'ownerKeys'],
        ['ApiKeyCreated', own],
        ['ApiKeyRevoked', own],
      ]);
    }));

  // One of them loses the race, and decides again on what the other one has stored.
  it.each([1, 2])('leaves one of two owners who revoke each other at once, through %i processes', async (count) => {
    const disk = emptyDisk(beginsMs);
    const writers = ['a', 'b'].slice(0, count);
    const processes = await Promise.all(writers.map((writer) => startProcess({ ...disk, writer, isShared: true })));
    const [here, there = here] = processes;
    const one = await create(here, 'one', { role: 'owner' });
    const two = await create(there, 'two', { role: 'owner' });
    await Promise.all(processes.map(async ({ feed, log }) => feed.reached(await log.head())));
    const revoke = ({ bus }: Process, keyId: string) =>
      bus.execute(new RevokeApiKey({ keyId }, request(`end ${keyId}`)));
    const outcomes = await Promise.all([revoke(here, two.keyId), revoke(there, one.keyId)]);
    assert.deepEqual(outcomes.filter((outcome) => codeOf(outcome) === 'lastOwnerKey').length, 1);
    for (const { views, feed, log } of processes) {
      await feed.reached(await log.head());
      assert.equal(views.access.list().filter(({ revoked }) => !revoked).length, 1);
    }
    await Promise.all(processes.map((process) => process.kill()));
  });
});

describe('FirstOwnerKey', () => {
  it('is made by the first start alone', async () => {
    const disk = emptyDisk(beginsMs);
    const first = await startProcess(disk);
    const made = first.get(FirstOwnerKey);
    await made.create();
    assert.ok(made.key !== undefined);
    assert.equal(first.views.access.keyByHash(secretHash(made.key), beginsMs)?.role, 'owner');
    const { keyId } = generateKey('owner', { commandId: 'first-owner-key' });
    const [{ meta }] = await first.log.read(`apiKey-${keyId}`, 0, 10);
    assert.deepEqual([meta.commandId, meta.actor], ['first-owner-key', 'system:start']);
    await first.kill();
    const next = await startProcess(disk);
    await next.get(FirstOwnerKey).create();
    assert.equal(next.get(FirstOwnerKey).key, undefined);
    assert.equal(next.views.access.list().length, 1);
    await next.kill();
  });

  it('is shown by one of two processes that begin at the same time', async () => {
    const disk = emptyDisk(beginsMs);
    const both = await Promise.all(['a', 'b'].map((writer) => startProcess({ ...disk, writer, isShared: true })));
    await Promise.all(both.map((process) => process.get(FirstOwnerKey).create()));
    assert.equal(both.filter((process) => process.get(FirstOwnerKey).key !== undefined).length, 1);
    await Promise.all(both.map((process) => process.kill()));
  });
});
