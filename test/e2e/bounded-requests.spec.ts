import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const createdKey = z.object({ key: z.string() });
const mebibyte = 1024 * 1024;

describe('a request', () => {
  let service: FreshService;
  let api: Api;
  let meteringKey: string;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    meteringKey = createdKey.parse((await api.post('/api-keys', { name: 'collector', role: 'metering' })).body).key;
  });
  afterAll(() => service.dispose());

  const connectClient = (): Socket => {
    const { hostname, port } = new URL(service.url);
    return connect(Number(port), hostname).on('error', () => undefined);
  };
  const head = (path: string, key: string, more: readonly string[]): string =>
    [`POST /api/v1${path} HTTP/1.1`, 'Host: test', `Authorization: Bearer ${key}`, 'Content-Type: application/json']
      .concat(more)
      .join('\r\n') + '\r\n\r\n';
  /** All that comes back over a connection, until the service closes it. */
  const answerTo = async (sent: string): Promise<string> => {
    const socket = connectClient();
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write(sent);
    await once(socket, 'end');
    socket.destroy();
    return received;
  };

  describe('is not waited for when it is not taken, and its connection closes behind the answer', () => {
    for (const [what, path, key, announced, status, code] of [
      ['its key may not ask for fan-outs', '/fan-outs', 'metering', 60_000, 403, 'roleNotAllowed'],
      ['its key may not publish prices', '/prices', 'metering', 60_000, 403, 'roleNotAllowed'],
      ['its key may not meter what is old', '/metering?allowOld=true', 'metering', 60_000, 403, 'roleNotAllowed'],
      ['its key is unknown', '/metering', 'unknown', 60_000, 401, 'keyUnknown'],
      ['it is over 64 KiB', '/prices', 'owner', 64 * 1024 + 1, 413, 'bodyTooLarge'],
      ['a fan-out is over 64 KiB', '/fan-outs', 'owner', 64 * 1024 + 1, 413, 'bodyTooLarge'],
      ['metering is over 8 MiB', '/metering', 'metering', 8 * mebibyte + 1, 413, 'bodyTooLarge'],
    ] as const) {
      it(`${what}: ${String(status)} ${code}`, async () => {
        const keys = { metering: meteringKey, owner: service.ownerKey, unknown: 'unknown' };
        const answer = await answerTo(head(path, keys[key], [`Content-Length: ${String(announced)}`]) + '[');
        assert.match(answer, new RegExp(`^HTTP/1.1 ${String(status)} .*"code":"${code}"`, 's'));
        assert.match(answer, /^connection: close/im);
      });
    }

    it('says nothing of its length, and comes to more', async () => {
      const chunk = `${(16 * 1024).toString(16)}\r\n${' '.repeat(16 * 1024)}\r\n`;
      const answer = await answerTo(
        head('/prices', service.ownerKey, ['Transfer-Encoding: chunked']) + chunk.repeat(5),
      );
      assert.match(answer, /^HTTP\/1.1 413 .*"code":"bodyTooLarge"/s);
    });
  });

  it('is refused so that a sender who goes on sending gets to see why', async () => {
    const answer = await api.post('/metering', `[${' '.repeat(32 * mebibyte)}]`);
    assert.deepEqual([answer.status, codeOf(answer)], [413, 'bodyTooLarge']);
  });

  it('is bounded by what it inflates to', async () => {
    const zipped = gzipSync(JSON.stringify({ name: 'x'.repeat(64 * 1024) }));
    assert.ok(zipped.length < 1_024);
    const answer = await api.put('/groups/eng', zipped, { 'content-encoding': 'gzip' });
    assert.deepEqual([answer.status, codeOf(answer)], [413, 'bodyTooLarge']);
  });

  it('of metering may hold 8 MiB', async () => {
    const record = JSON.stringify([recordWith()]);
    const answer = await apiOf(service, meteringKey).post(
      '/metering',
      record + ' '.repeat(8 * mebibyte - record.length),
    );
    assert.equal(answer.status, 200);
  });

  it('has its room from its headers on: a key has two of the largest under way, and others go on', async () => {
    const announced = head('/metering', meteringKey, [`Content-Length: ${String(8 * mebibyte)}`]);
    const open = [connectClient(), connectClient()];
    for (const socket of open) socket.write(announced);
    const collector = apiOf(service, meteringKey);
    const meter = () => collector.post('/metering', [recordWith()]);
    let answer = await meter();
    while (answer.status === 200) answer = await meter();
    assert.deepEqual([answer.status, codeOf(answer), answer.headers.get('retry-after')], [429, 'overloaded', '1']);
    assert.equal((await api.meter([recordWith()])).accepted, 1);
    assert.equal((await api.put('/groups/eng', { name: 'Engineering' })).status, 200);
    for (const socket of open) socket.destroy();
    while (answer.status === 429) answer = await meter();
    assert.equal(answer.status, 200);
  });

  it('that is small, and inflates to megabytes of brackets, is not parsed', async () => {
    const zipped = gzipSync('['.repeat(8 * mebibyte));
    assert.ok(zipped.length < 10_000);
    const answer = await api.post('/metering', zipped, { 'content-encoding': 'gzip' });
    assert.deepEqual([answer.status, codeOf(answer)], [400, 'bodyTooDeep']);
  });

  it('is one of eight of its connection under way: more are not answered, and the connection closes', async () => {
    const asked = `GET /api/v1/audit?limit=1000 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${service.ownerKey}\r\n\r\n`;
    const answers = await answerTo(asked.repeat(40));
    assert.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, 8);
    assert.equal(answers.match(/^connection: close\r$/gim)?.length, 1);
  });

  it('that comes behind one whose body is not taken is not served', async () => {
    const refused = head('/prices', meteringKey, ['Content-Length: 20000']) + ' '.repeat(20_000);
    const record = JSON.stringify(recordWith({ groupId: 'behind' }));
    const behind = head('/metering', service.ownerKey, [`Content-Length: ${String(record.length)}`]) + record;
    assert.equal((await answerTo(refused + behind)).match(/HTTP\/1\.1 /g)?.length, 1);
    assert.equal((await api.spend('by=group&group=behind')).records, 0);
  });
});
