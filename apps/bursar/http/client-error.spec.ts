import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { answerClientError } from './client-error.js';

const problem = z.object({ status: z.number(), code: z.string(), title: z.string(), detail: z.string() });

/** What a client gets for what it sends over a connection of its own. */
const answerTo = async (sent: string): Promise<string> => {
  const server = createServer({ requestTimeout: 50, connectionsCheckingInterval: 10 }, (request) => request.resume());
  server.on('clientError', answerClientError);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const client = connect(port, '127.0.0.1');
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  client.on('error', () => undefined);
  client.write(sent);
  await once(client, 'close');
  server.close();
  return received;
};

describe('what is no HTTP', () => {
  for (const [what, sent, status, code] of [
    ['a method nobody knows', 'FETCH / HTTP/1.1\r\nHost: test\r\n\r\n', 400, 'badRequest'],
    [
      'too much in the headers',
      `GET / HTTP/1.1\r\nHost: test\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headersTooLarge',
    ],
    ['half a request', 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf', 408, 'requestTimeout'],
  ] as const) {
    it(`${what}: ${String(status)} ${code}, as a problem document`, async () => {
      const [head, body] = (await answerTo(sent)).split('\r\n\r\n');
      assert.ok(head.startsWith(`HTTP/1.1 ${String(status)} `), head);
      assert.match(head, /^content-type: application\/problem\+json/im);
      const told = problem.parse(JSON.parse(body));
      assert.deepEqual([told.status, told.code], [status, code]);
    });
  }
});
