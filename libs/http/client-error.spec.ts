import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { connect } from 'node:net';
import { z } from 'zod';
import { answerClientError } from './client-error.js';
import { watchConnections } from './open-connections.js';

const problem = z.object({ status: z.number(), code: z.string(), title: z.string(), detail: z.string() });

const readAll: RequestListener = (request) => request.resume();

interface Circumstances {
  readonly listener?: RequestListener;
  readonly options?: ServerOptions;
  /** Sent when the first answer has begun. */
  readonly later?: string;
}

/** What a client gets for what it sends over a connection of its own. */
const answerTo = async (
  sent: string,
  { listener = readAll, options = {}, later }: Circumstances = {},
): Promise<string> => {
  const server = createServer(options, listener);
  server.on('clientError', answerClientError);
  watchConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const client = connect(port, '127.0.0.1');
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  client.on('error', () => undefined);
  client.write(sent);
  if (later !== undefined) {
    await once(client, 'data');
    client.write(later);
  }
  await once(client, 'close');
  server.close();
  return received;
};

const noMethod = 'FETCH / HTTP/1.1\r\nHost: test\r\n\r\n';
const halfRequest = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf';

describe('what is no HTTP', () => {
  for (const [what, sent, status, code, options] of [
    ['a method nobody knows', noMethod, 400, 'badRequest', {}],
    [
      'too much in the headers',
      `GET / HTTP/1.1\r\nHost: test\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headersTooLarge',
      {},
    ],
    ['half a request', halfRequest, 408, 'requestTimeout', { requestTimeout: 50, connectionsCheckingInterval: 10 }],
  ] as const) {
    it(`${what}: ${String(status)} ${code}, as a problem document`, async () => {
      const [head, body] = (await answerTo(sent, { options })).split('\r\n\r\n');
      assert.ok(head.startsWith(`HTTP/1.1 ${String(status)} `), head);
      assert.match(head, /^content-type: application\/problem\+json/im);
      const told = problem.parse(JSON.parse(body));
      assert.deepEqual([told.status, told.code], [status, code]);
    });
  }

  const good = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';
  it('is not answered in the place of a request before it', async () => {
    assert.equal(await answerTo(good + noMethod), '');
  });

  it('is not answered in the midst of another answer', async () => {
    const listener: RequestListener = (_request, response) => response.write('begun');
    assert.match(await answerTo(good, { listener, later: noMethod }), /begun\r\n$/);
  });

  it('is not answered once more after its answer', async () => {
    const listener: RequestListener = (request, response) => {
      request.on('error', () => undefined);
      response.end('refused');
    };
    const chunked = 'POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(await answerTo(chunked, { listener, later: 'no size\r\n' }), /refused$/);
  });
});
