import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { apiOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { endedStart } from '#test/support/ended-start.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const operation = z.object({
  requestBody: z
    .object({
      content: z.record(z.string(), z.object({ schema: z.unknown().optional(), example: z.unknown().optional() })),
    })
    .optional(),
  responses: z.record(z.string(), z.unknown()),
});
const openApi = z.object({
  openapi: z.string().startsWith('3.1'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith('/'), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()).optional() }).optional(),
});

/** Every example in a document: `example` of a body, or of the schema its `$ref` names. */
const exampleOf = (document: z.infer<typeof openApi>, content: { schema?: unknown; example?: unknown }): unknown => {
  const schema = z
    .object({ $ref: z.string().optional(), example: z.unknown().optional(), examples: z.unknown().optional() })
    .parse(content.schema ?? {});
  const named =
    schema.$ref === undefined ? schema : document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''];
  const { example, examples } = z
    .object({ example: z.unknown().optional(), examples: z.unknown().optional() })
    .parse(named);
  return content.example ?? example ?? examples;
};

describe('health and operation', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory({ environment: { BURSAR_LOG_LEVEL: 'info' } });
    api = apiOf(service);
    const bad = recordWith({ costMicros: -1 });
    const good = recordWith();
    await api.meter([good, good, bad]);
  });
  afterAll(() => service.dispose());

  it('says that it is alive, and ready, to anybody', async () => {
    const stranger = apiOf(service, 'none');
    assert.deepEqual((await stranger.call('GET', '/healthz')).status, 200);
    const ready = await stranger.call('GET', '/readyz');
    assert.equal(ready.status, 200);
    const { status, lag } = z.object({ status: z.string(), lag: z.number(), position: z.number() }).parse(ready.body);
    assert.deepEqual([status, lag], ['ready', 0]);
  });

  it('gives its measurements to Prometheus', async () => {
    const { status, headers, body } = await api.call('GET', '/metrics');
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const text = z.string().parse(body);
    const value = (line: string): number => {
      const found = text.split('\n').find((each) => each.startsWith(`${line} `));
      assert.ok(found !== undefined, `${line} is there`);
      return Number(found.slice(line.length + 1));
    };
    assert.equal(value('bursar_metering_records_total{outcome="accepted"}'), 1);
    assert.equal(value('bursar_metering_records_total{outcome="duplicate"}'), 1);
    assert.equal(value('bursar_metering_records_total{outcome="refused"}'), 1);
    assert.equal(value('bursar_metering_refused_total{code="negativeAmount"}'), 1);
    assert.equal(value('bursar_metering_request_seconds_count'), 1);
    assert.ok(value('bursar_log_flush_seconds_count') > 0);
    assert.ok(value('bursar_position{of="log"}') > 0);
    assert.equal(value('bursar_position{of="feed"}'), value('bursar_position{of="log"}'));
    assert.equal(value('bursar_position{of="views"}'), value('bursar_position{of="log"}'));
    assert.equal(value('bursar_feed_lag_events'), 0);
    assert.ok(value('bursar_event_loop_delay_seconds{quantile="0.99"}') >= 0);
  });

  it('describes itself in OpenAPI, with an example of every body', async () => {
    const { status, body } = await apiOf(service, 'none').call('GET', '/api/v1/openapi.json');
    assert.equal(status, 200);
    const document = openApi.parse(body);
    for (const path of [
      '/metering',
      '/metering/voids',
      '/metering/reattributions',
      '/jobs/{jobId}',
      '/tasks/{taskId}',
      '/tasks/{taskId}/finish',
      '/spend',
    ]) {
      assert.ok(`/api/v1${path}` in document.paths, path);
    }
    for (const path of [
      '/organisation',
      '/groups',
      '/groups/{groupId}',
      '/users/{userId}',
      '/prices',
      '/fan-outs',
      '/fan-outs/check',
      '/fan-outs/{fanOutId}',
      '/fan-outs/{fanOutId}/renew',
      '/fan-outs/{fanOutId}/release',
      '/limits',
      '/groups/{groupId}/limits',
      '/api-keys',
      '/api-keys/{keyId}',
      '/clock',
      '/clock/confirm',
    ]) {
      assert.ok(`/api/v1${path}` in document.paths, path);
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        if (method !== 'post' && method !== 'put') continue;
        const content = requestBody?.content['application/json'];
        assert.ok(content !== undefined, `${method} ${path} says what its body is`);
        assert.equal(typeof exampleOf(document, content), 'object', `${method} ${path} has an example`);
      }
    }
  });

  it('shows a page to read', async () => {
    const { status, headers, body } = await apiOf(service, 'none').call('GET', '/docs');
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/html/);
    assert.match(String(body), /Bursar/);
  });

  it('names every request, in the answer and in the log', async () => {
    const one = (await api.get('/groups')).headers.get('x-request-id') ?? '';
    const other = (await api.get('/nowhere')).headers.get('x-request-id') ?? '';
    const metered = (await api.post('/metering', [recordWith()])).headers.get('x-request-id') ?? '';
    assert.equal(new Set([one, other, metered]).size, 3);
    for (const id of [one, other]) assert.ok(service.output().includes(id), 'the log knows it');
  });

  it('writes nothing personal to its log but ids', async () => {
    await api.put('/users/u-ana', { name: 'Ana Person', email: 'ana@example.com', groupId: 'eng' });
    await api.put('/users/u-ana', { name: 7, email: 'ana@example.com' });
    await api.post('/metering', '{"userId":"ana@example.com"');
    await api.get('/spend?by=user&user=ana@example.com');
    await api.get('/tasks/ana@example.com');
    const log = service.output();
    assert.ok(log.includes('/api/v1/users/:userId'), 'it writes a line about the request');
    assert.doesNotMatch(log, /example\.com|Ana Person/);
    // The greeting on standard output is for the person who started it.
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    assert.ok(lines.length > 0);
    for (const line of lines) assert.ok(!line.includes(service.ownerKey), 'no key in the log');
  });
});

describe('start and stop', () => {
  it('finishes the requests under way on SIGTERM, exits with 0, and loses nothing', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const { hostname, port } = new URL(service.url);
      const body = JSON.stringify([recordWith()]);
      const socket = connect(Number(port), hostname);
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      socket.write(
        `POST /api/v1/metering HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${service.ownerKey}\r\nConnection: close\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body.slice(0, 10)}`,
      );
      // Long enough for the service to have begun with it.
      await apiOf(service).get('/groups');
      const closed = once(socket, 'close');
      const stopped = service.stop();
      socket.write(body.slice(10));
      await closed;
      assert.match(received, /^HTTP\/1\.1 200 /, 'what was under way is answered');
      assert.match(received, /"accepted":1/);
      assert.equal(await stopped, 0);
      const again = await startService({ directory, ownerKey: service.ownerKey });
      assert.equal((await apiOf(again).spend('by=group')).records, 1);
      assert.equal(await again.stop(), 0);
    }));

  it('loses nothing of what it acknowledged while it was told to stop', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const requests = Array.from({ length: 20 }, () =>
        apiOf(service)
          .meter(Array.from({ length: 100 }, () => recordWith()))
          .then(({ accepted }) => accepted)
          .catch(() => 0),
      );
      await Promise.race(requests);
      assert.equal(await service.stop(), 0);
      const acknowledged = (await Promise.all(requests)).reduce((sum, accepted) => sum + accepted, 0);
      const again = await startService({ directory, ownerKey: service.ownerKey });
      const { records } = await apiOf(again).spend('by=group');
      assert.ok(records >= acknowledged && acknowledged > 0, `${String(records)} of ${String(acknowledged)}`);
      await again.stop();
    }));

  it('refuses what comes while it stops, and does not wait for ever for half a request', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const { hostname, port } = new URL(service.url);
      const head = `Host: ${hostname}\r\nAuthorization: Bearer ${service.ownerKey}\r\nContent-Type: application/json\r\n`;
      const never = connect(Number(port), hostname);
      never.on('error', () => undefined);
      never.write(`POST /api/v1/metering HTTP/1.1\r\n${head}Content-Length: 100\r\n\r\n[{`);
      const late = ['/api/v1/groups', '/%61pi/v1/groups', `http://${hostname}/api/v1/groups`].map((path) => {
        const socket = connect(Number(port), hostname);
        socket.write(`GET ${path} HTTP/1.1\r\n${head}`);
        return { path, socket, received: text(socket) };
      });
      // Long enough for the service to have begun with them.
      await apiOf(service).get('/groups');
      const stopped = service.stop();
      while (!service.output().includes('SIGTERM')) await wait(10);
      for (const { socket } of late) socket.write('\r\n');
      for (const { path, received } of late) {
        assert.match(await received, /^HTTP\/1\.1 503 .*retry-after: 1.*"code":"notReady"/is, path);
      }
      assert.equal(await stopped, 0);
    }));

  it('says in a sentence that the port is in use, and exits with 1', () =>
    withDirectory(async (directory) => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = z.object({ port: z.number() }).parse(server.address());
      const { status, stderr } = await endedStart(directory, { BURSAR_PORT: String(port) });
      server.close();
      assert.equal(status, 1, stderr);
      assert.match(stderr, /bursar: .*in use.*BURSAR_PORT/);
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
    }));

  for (const host of ['192.0.2.1', 'no-such-host.invalid']) {
    it(`says in a sentence that it cannot listen on ${host}, and exits with 1`, () =>
      withDirectory(async (directory) => {
        const { status, stderr } = await endedStart(directory, { BURSAR_HOST: host });
        assert.equal(status, 1, stderr);
        assert.match(stderr, /bursar: .*BURSAR_HOST/);
        assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
      }));
  }

  it('names a setting it does not know, and exits with 2', () =>
    withDirectory(async (directory) => {
      const { status, stderr } = await endedStart(directory, { BURSAR_COLOUR: 'red' });
      assert.equal(status, 2);
      assert.match(stderr, /BURSAR_COLOUR/);
    }));

  for (const [name, value] of [
    ['BURSAR_PORT', 'eighty'],
    ['BURSAR_PORT', '70000'],
    ['BURSAR_PORT', ''],
    ['BURSAR_PORT', '1e3'],
    ['BURSAR_LOG_LEVEL', 'loud'],
    ['BURSAR_HOST', ''],
  ]) {
    it(`names ${name}=${value}, which is no valid setting, and exits with 2`, () =>
      withDirectory(async (directory) => {
        const { status, stderr } = await endedStart(directory, { [name]: value });
        assert.equal(status, 2);
        assert.match(stderr, new RegExp(name));
      }));
  }

  const printed = async (directory: string, environment: NodeJS.ProcessEnv): Promise<unknown> => {
    const { status, stdout, stderr } = await endedStart(directory, environment, ['--print-config']);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout, /very-secret/);
    return JSON.parse(stdout);
  };

  it('prints its settings when asked, and stops', () =>
    withDirectory(async (directory) => {
      assert.deepEqual(await printed(directory, { BURSAR_EVENT_STORE: undefined }), {
        port: 0,
        host: '127.0.0.1',
        dataDirectory: directory,
        logLevel: 'warn',
        defaultItemCostMicros: 500_000,
        whenUnavailable: 'deny',
        eventStore: null,
      });
    }));

  it('prints its settings without the password of the event store', () =>
    withDirectory(async (directory) => {
      const connectionString = 'esdb://ana:very-secret@db.example:2113?tls=true';
      const settings = {
        BURSAR_EVENT_STORE: connectionString,
        BURSAR_EVENT_STORE_NAMESPACE: 'eu',
        BURSAR_PROCESS: 'a',
      };
      const { eventStore } = z.object({ eventStore: z.unknown() }).parse(await printed(directory, settings));
      assert.deepEqual(eventStore, {
        connectionString: 'esdb://***@db.example:2113?tls=true',
        namespace: 'eu',
        process: 'a',
      });
    }));

  it('refuses a second process on the same directory, which exits with 1, and goes on', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const { status, stderr } = await endedStart(directory);
      assert.equal(status, 1, stderr);
      assert.match(stderr, /bursar: .*(in use|process)/);
      assert.equal((await apiOf(service).meter([recordWith()])).accepted, 1, 'the first one is not disturbed');
      await service.stop();
    }));
});
