import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fastify from 'fastify';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BodiesUnderWay } from './bodies-under-way.js';
import { acceptJsonBodies } from './body.js';
import { type Caller, Callers } from './caller.js';
import { sendProblem } from './problem.filter.js';

/** Knows every key by its name. */
class Everybody extends Callers {
  admit(): Caller {
    throw new Error('no route here admits');
  }
  find({ headers }: FastifyRequest): { readonly keyId: string } {
    return { keyId: headers.authorization ?? 'nobody' };
  }
  admitFound(): Caller {
    throw new Error('no route here admits');
  }
}

const kibibyte = 1024;
const bounds = { inAll: 1_024 * kibibyte, bulk: 1_024 * kibibyte, perKey: 512 * kibibyte };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await wait(5);
};

const serve = async () => {
  const bodies = new BodiesUnderWay(bounds);
  const server = fastify({ forceCloseConnections: true });
  server.setErrorHandler(sendProblem);
  acceptJsonBodies(server, new Everybody(), bodies);
  server.post('/', { bodyLimit: 300 * kibibyte }, ({ body }) => ({ body: JSON.stringify(body).length }));
  await server.listen({ port: 0, host: '127.0.0.1' });
  closers.push(() => server.close());
  const { port } = z.object({ port: z.number() }).parse(server.server.address());
  return {
    bodies,
    /** Sends headers, and what there is of the body. */
    send: (key: string, headers: readonly string[], body: string | Buffer = ''): Socket => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      closers.push(() => socket.destroy());
      const names = ['POST / HTTP/1.1', 'Host: test', 'Content-Type: application/json', `Authorization: ${key}`];
      socket.write([...names, ...headers, '', ''].join('\r\n'));
      socket.write(body);
      return socket;
    },
  };
};

const answerOf = async (socket: Socket): Promise<string> => {
  const [chunk] = z.tuple([z.instanceof(Buffer)]).parse(await once(socket, 'data'));
  return chunk.toString();
};
const ofLength = (bytes: number): string => `Content-Length: ${String(bytes)}`;

describe('a body', () => {
  it('has its room from its headers on, and leaves it when its connection is lost', async () => {
    const { bodies, send } = await serve();
    const first = send('a', [ofLength(300 * kibibyte)], '[');
    await until(() => bodies.bytes === 300 * kibibyte);
    const refused = await answerOf(send('a', [ofLength(300 * kibibyte)]));
    assert.match(refused, /^HTTP\/1.1 429 .*^retry-after: 1\r\n.*"code":"overloaded"/ims);
    assert.equal(bodies.bytes, 300 * kibibyte);
    first.destroy();
    await until(() => bodies.bytes === 0);
    assert.match(await answerOf(send('a', [ofLength(2)], '[]')), /"body":2/);
    assert.equal(bodies.bytes, 0);
  });

  it('is counted as it inflates', async () => {
    const { bodies, send } = await serve();
    const held = send('a', [ofLength(240 * kibibyte)]);
    await until(() => bodies.bytes === 240 * kibibyte);
    const bomb = gzipSync('['.repeat(240 * kibibyte));
    const gzipped = ['Content-Encoding: gzip', ofLength(bomb.length)];
    assert.match(await answerOf(send('a', gzipped, bomb)), /^HTTP\/1.1 429 /);
    assert.equal(bodies.bytes, 240 * kibibyte);
    held.destroy();
    assert.match(await answerOf(send('a', gzipped, bomb)), /"code":"bodyNotJson"/);
  });

  for (const [what, bytes, code] of [
    ['is told from its brackets, if it is large', 290 * kibibyte, 'bodyTooDeep'],
    ['is told by the parser, if it is small', 250 * kibibyte, 'bodyNotJson'],
  ] as const) {
    it(`that is all brackets ${what}: 400 ${code}`, async () => {
      const { send } = await serve();
      const answer = await answerOf(send('a', [ofLength(bytes)], '['.repeat(bytes)));
      assert.match(answer, new RegExp(`^HTTP/1.1 400 .*"code":"${code}"`, 's'));
    });
  }

  it('may come in any number of pieces', async () => {
    const { bodies, send } = await serve();
    const text = JSON.stringify(Array.from({ length: 5_000 }, (_, place) => place));
    const pieces = text.replaceAll(/./g, '1\r\n$&\r\n');
    const answer = await answerOf(send('a', ['Transfer-Encoding: chunked'], `${pieces}0\r\n\r\n`));
    assert.match(answer, new RegExp(`"body":${String(text.length)}}`));
    assert.equal(bodies.bytes, 0);
  });

  it('that says nothing of its length is counted as it comes', async () => {
    const { bodies, send } = await serve();
    const half = send('a', ['Transfer-Encoding: chunked'], `186a0\r\n${' '.repeat(100_000)}\r\n`);
    await until(() => bodies.bytes === 100_000);
    half.write('0\r\n\r\n');
    assert.match(await answerOf(half), /"code":"bodyNotJson"/);
    assert.equal(bodies.bytes, 0);
  });
});
