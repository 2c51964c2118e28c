import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceInProcess, startInProcess } from '#test/support/service-in-process.js';
import { ConfigError } from '#apps/bursar/config.js';
import { keysCommand } from './keys.js';

describe('bursar keys', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-test-'));
  let service: ServiceInProcess;
  beforeAll(async () => {
    service = await startInProcess(directory);
  });
  afterAll(async () => {
    await service.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const keys = async (args: readonly string[], key = service.ownerKey) => {
    let [output, notes] = ['', ''];
    const outputs = {
      output: { write: (text: string) => ((output += text), true) },
      notes: { write: (text: string) => ((notes += text), true) },
    };
    const code = await keysCommand(args, { BURSAR_URL: service.url, BURSAR_KEY: key }, outputs);
    return { code, output, notes };
  };

  it('makes a key that works, says what it is beside it, lists it and takes it back', async () => {
    const made = await keys([
      'create',
      '--name',
      'cowork',
      '--role',
      'metering',
      '--groups',
      'eng,ops',
      '--source',
      's',
    ]);
    assert.equal(made.code, 0);
    assert.match(made.output, /^bursar_metering_\S+\n$/);
    assert.match(made.notes, /^\S+ {2}metering {3}cowork {2}groups eng,ops {2}source s\n$/);
    const [keyId] = made.notes.split(' ');
    const meters = () =>
      fetch(`${service.url}/api/v1/metering`, {
        method: 'POST',
        headers: { authorization: `Bearer ${made.output.trim()}`, 'content-type': 'application/json' },
        body: '[]',
      });
    assert.equal((await meters()).status, 200);
    assert.ok((await keys(['list'])).output.includes(made.notes));
    assert.match((await keys(['revoke', keyId])).output, /revoked\n$/);
    assert.equal((await meters()).status, 401);
    assert.match((await keys(['list'])).output, new RegExp(`^${keyId} .* revoked$`, 'm'));
  });

  it('lists more keys than a page holds', async () => {
    const create = (number: number) =>
      fetch(`${service.url}/api/v1/api-keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${service.ownerKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: `many-${String(number)}`, role: 'finance' }),
      });
    const made = await Promise.all(Array.from({ length: 1_001 }, (_, number) => create(number)));
    assert.ok(made.every(({ ok }) => ok));
    const { output } = await keys(['list']);
    assert.equal(new Set(output.match(/many-\d+/g)).size, 1_001);
  });

  it('says what the service says', async () => {
    const cases: readonly [refused: ReturnType<typeof keys>, says: RegExp][] = [
      [keys(['revoke', 'nobody']), /\(unknownApiKey\)$/m],
      [keys(['list'], 'bursar_owner_wrong'), /\(keyUnknown\)$/m],
      [keys(['create', '--name', 'x', '--role', 'king']), /role/],
      [keys(['create', '--name', 'x', '--role', 'finance', '--expires', 'soon']), /expiresAt/],
      [keys(['list', '--url', 'http://127.0.0.1:1']), /Nobody answers/],
    ];
    for (const [refused, says] of cases) {
      const { code, output, notes } = await refused;
      assert.equal(code, 1);
      assert.equal(output, '');
      assert.match(notes, says);
    }
  });

  const wrong = [
    [],
    ['make'],
    ['constructor'],
    ['list', 'more'],
    ['revoke'],
    ['create', '--name', 'x'],
    ['list', '--url', 'x'],
    ['--nonsense'],
  ];
  for (const args of wrong) {
    it(`is used wrongly as "${args.join(' ')}"`, async () => {
      await assert.rejects(keys(args), ConfigError);
    });
  }

  it('needs a key, and explains itself without one', async () => {
    await assert.rejects(keys(['list'], ''), ConfigError);
    assert.match((await keys(['--help'], '')).output, /^Usage: bursar keys/);
  });
});
