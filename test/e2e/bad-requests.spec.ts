import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const problem = z.object({ errors: z.array(z.unknown()) });
const mebibyte = 1024 * 1024;
const path = '/metering';

describe('a bad request is refused as a whole, and nothing of it is stored', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    await api.meter([recordWith()]);
  });
  afterAll(() => service.dispose());

  const nothingStored = async (refused: () => Promise<void>): Promise<void> => {
    const before = await api.spend('by=group');
    await refused();
    const spent = await api.spend('by=group');
    assert.deepEqual(
      [spent.records, spent.totalMicros, spent.asOf.position],
      [before.records, before.totalMicros, before.asOf.position],
    );
  };

  const refused = (
    what: string,
    status: number,
    code: string,
    body: string | Uint8Array,
    headers: Record<string, string> = {},
  ): void => {
    it(`${what}: ${String(status)} ${code}`, () =>
      nothingStored(async () => {
        const answer = await api.post(path, body, headers);
        assert.equal(answer.status, status);
        assert.equal(codeOf(answer), code);
        assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      }));
  };

  const record = JSON.stringify(recordWith());
  refused('a body that is no JSON', 400, 'bodyNotJson', `[${record},`);
  refused('an empty body', 400, 'bodyNotJson', '');
  refused('NaN in JSON', 400, 'bodyNotJson', '[{"costMicros":NaN}]');
  refused('Infinity in JSON', 400, 'bodyNotJson', '[{"costMicros":Infinity}]');
  refused('bytes that are no UTF-8', 400, 'bodyNotUtf8', new Uint8Array([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d]));
  refused('another content type', 415, 'unsupportedMediaType', record, { 'content-type': 'text/plain' });
  refused('a form', 415, 'unsupportedMediaType', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' });
  refused('over 8 MiB', 413, 'bodyTooLarge', `[${record}${' '.repeat(8 * mebibyte)}]`);
  refused('over 8 MiB after inflating', 413, 'bodyTooLarge', gzipSync(`[${record}${' '.repeat(8 * mebibyte)}]`), {
    'content-encoding': 'gzip',
  });
  refused('over 10,000 records', 413, 'tooManyRecords', `[${Array.from({ length: 10_001 }, () => record).join(',')}]`);
  refused('a gzip body that is none', 400, 'bodyNotGzip', record, { 'content-encoding': 'gzip' });
  refused('an encoding nobody knows', 415, 'unsupportedEncoding', record, { 'content-encoding': 'br' });

  it('an empty array is fine: 0 accepted', async () => {
    assert.equal((await api.meter([])).accepted, 0);
  });

  it('a gzip body is accepted', async () => {
    const answer = await api.post(path, gzipSync(JSON.stringify([recordWith()])), { 'content-encoding': 'gzip' });
    assert.equal(answer.status, 200);
  });

  it('10,000 records are accepted in one request', async () => {
    const answer = await api.meter(Array.from({ length: 10_000 }, () => recordWith()));
    assert.equal(answer.accepted, 10_000);
  });

  it('a client that hangs up in the middle leaves nothing behind', () =>
    nothingStored(async () => {
      const { hostname, port } = new URL(service.url);
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      const body = JSON.stringify([recordWith()]);
      socket.write(
        `POST /api/v1/metering HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${service.ownerKey}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body.slice(0, -1)}`,
      );
      // Long enough for the service to have read what there is.
      await api.get('/groups');
      socket.destroy();
      await once(socket, 'close');
    }));

  for (const [method, at, status, code, body] of [
    ['GET', '/spend?by=colour', 400, 'invalidValue', undefined],
    ['GET', '/spend?by=group,user,skill', 400, 'invalidValue', undefined],
    ['GET', '/spend?by=group,group', 400, 'invalidValue', undefined],
    ['GET', '/spend?period=2026-13', 400, 'invalidPeriod', undefined],
    ['GET', '/spend?from=2026-02-30&to=2026-03-02', 400, 'invalidRange', undefined],
    ['GET', '/spend?from=2026-03-02&to=2026-03-01', 400, 'invalidRange', undefined],
    ['GET', '/spend?limit=0', 400, 'invalidValue', undefined],
    ['GET', '/spend?cursor=nonsense', 400, 'invalidCursor', undefined],
    ['GET', '/spend?colour=red', 400, 'unknownField', undefined],
    ['GET', '/tasks/nobody', 404, 'unknownTask', undefined],
    ['GET', '/groups/nobody', 404, 'unknownGroup', undefined],
    ['GET', '/jobs/none', 404, 'unknownJob', undefined],
    ['GET', '/nowhere', 404, 'notFound', undefined],
    ['GET', '/fan-outs/%ff', 400, 'badUrl', undefined],
    ['GET', `/fan-outs/${'x'.repeat(2_000)}`, 404, 'notFound', undefined],
    ['POST', '/metering/voids', 404, 'unknownRecord', { source: 'x', id: 'y', reason: 'z' }],
    ['POST', '/metering/voids', 400, 'missingField', { source: 'x', id: 'y' }],
    ['POST', '/metering/voids', 400, 'unknownField', { source: 'x', id: 'y', reason: 'z', more: 1 }],
    ['POST', '/tasks/t-1/finish', 400, 'invalidValue', { status: 'bored', at: '2026-11-20T10:00:00Z' }],
    ['PUT', '/organisation', 409, 'currencyFixed', { currency: 'EUR' }],
    ['PUT', '/organisation', 409, 'timeZoneFixed', { timeZone: 'Europe/Berlin' }],
    ['PUT', '/organisation', 400, 'unknownField', { colour: 'red' }],
    ['PUT', '/limits', 400, 'unknownField', { ['__proto__']: { maxConcurrency: 1 } }],
    ['PUT', '/limits', 400, 'unknownField', { constructor: { prototype: {} } }],
    ['POST', '/fan-outs', 400, 'unknownField', fanOutWith({ prototype: 1 })],
    ['GET', '/fan-outs?__proto__=1', 400, 'unknownField', undefined],
    ['PUT', '/groups/eng', 400, 'invalidValue', { name: 'half a pair \ud800' }],
    ['PUT', '/groups/eng/cap', 400, 'invalidValue', { policy: { kind: 'none' }, reason: '\udc00 comes first' }],
    ['PUT', '/limits', 400, 'invalidValue', { ['\ud83d']: 1 }],
    ['POST', '/fan-outs', 400, 'invalidValue', fanOutWith({ taskId: 't-\ud800' })],
    ['PUT', '/users/u-9', 400, 'missingField', { name: 'Nine' }],
    ['PUT', '/users/u-9', 400, 'timeWithoutZone', { name: 'Nine', groupId: 'eng', from: '2026-11-20T10:00:00' }],
    ['POST', '/api-keys', 400, 'invalidValue', { name: 'k', role: 'emperor' }],
    ['DELETE', '/api-keys/none', 404, 'unknownApiKey', undefined],
  ] as const) {
    it(`${method} ${at.slice(0, 80)} ${body === undefined ? '' : JSON.stringify(body)}: ${String(status)} ${code}`, () =>
      nothingStored(async () => {
        const answer = await api.call(method, `/api/v1${at}`, body);
        assert.deepEqual([answer.status, codeOf(answer)], [status, code]);
        assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      }));
  }

  for (const [what, at, status, code] of [
    ['without a key', '/metering', 401, 'keyMissing'],
    ['for what there is not', '/nowhere', 404, 'notFound'],
  ] as const) {
    it(`does not wait for a body that comes ${what}: ${String(status)} ${code}`, async () => {
      const { hostname, port } = new URL(service.url);
      const socket = connect(Number(port), hostname);
      socket.write(
        `POST /api/v1${at} HTTP/1.1\r\nHost: ${hostname}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 16000000\r\n\r\n[',
      );
      const [answer] = z.tuple([z.instanceof(Buffer)]).parse(await once(socket, 'data'));
      socket.destroy();
      assert.match(answer.toString(), new RegExp(`^HTTP/1.1 ${String(status)} .*"code":"${code}"`, 's'));
    }, 300_000);
  }

  it('what is no HTTP: 400 badRequest', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write('FETCH /api/v1/spend HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    assert.match(received, /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"badRequest"/s);
  });

  it('names the first hundred of many things that are wrong', async () => {
    const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [`field-${String(place)}`, 1]));
    const { status, body } = await api.call('PUT', '/api/v1/limits', fields);
    assert.deepEqual([status, problem.parse(body).errors.length], [400, 100]);
  });
});
