import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type ConnectionBounds, isTurnedAway, usualConnectionBounds, watchConnections } from './open-connections.js';

/** More than a connection holds on its way. */
const big = 'x'.repeat(32 * 1024 * 1024);
const request = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await wait(5);
};

/** A server that answers when it is told to, of what may be asked. */
const serve = async (bounds: Partial<ConnectionBounds>) => {
  const begun: ServerResponse[] = [];
  const connections: Socket[] = [];
  const server = createServer((asked, response) => {
    if (!isTurnedAway(asked)) begun.push(response);
  });
  server.on('connection', (socket) => connections.push(socket));
  watchConnections(server, { ...usualConnectionBounds, ...bounds });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const connectClient = () => {
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    closers.push(() => client.destroy());
    return client;
  };
  return { server, begun, connections, connectClient };
};

/** What a client reads. */
const readAll = (client: Socket) => {
  const read = { text: '', hasEnded: false };
  client.on('data', (chunk: Buffer) => (read.text += chunk.toString()));
  client.once('end', () => (read.hasEnded = true));
  return read;
};

describe('the requests of a connection', () => {
  it('are answered as many as may be under way at once; then it is closed', async () => {
    const { begun, connectClient } = await serve({ requests: 3 });
    const client = connectClient();
    const read = readAll(client);
    client.write(request.repeat(10));
    await until(() => begun.length === 3);
    for (const [place, answer] of begun.entries()) answer.end(`answer ${String(place)}`);
    await until(() => read.hasEnded);
    assert.equal(begun.length, 3);
    assert.match(read.text, /answer 0.*answer 1.*^connection: close\r\n.*answer 2$/ims);
  });

  it('are answered, however many, when each comes after an answer', async () => {
    const { begun, connectClient } = await serve({ requests: 3 });
    const client = connectClient();
    const read = readAll(client);
    for (let place = 1; place <= 10; place++) {
      client.write(request);
      await until(() => begun.length === place);
      begun[place - 1].end(`answer ${String(place)};`);
      await until(() => read.text.includes(`answer ${String(place)};`));
    }
    assert.equal(read.hasEnded, false);
  });

  it('are turned away while it does not take what was made for it, which is still sent', async () => {
    const { begun, connections, connectClient } = await serve({ unsentBytes: 1024 * 1024 });
    const client = connectClient();
    client.write(request);
    await until(() => begun.length === 1);
    begun[0].end(big);
    client.write(request);
    await until(() => connections[0].bytesRead === 2 * request.length);
    const read = readAll(client);
    await until(() => read.hasEnded);
    assert.equal(begun.length, 1);
    assert.ok(read.text.endsWith('x'.repeat(100)) && read.text.length > big.length);
  });

  it('are given up when nothing is taken of an answer', async () => {
    const { begun, connections, connectClient } = await serve({ silentMs: 50 });
    connectClient().write(request);
    await until(() => begun.length === 1);
    begun[0].end(big);
    await until(() => connections[0].destroyed);
    assert.equal(connections[0].bytesRead, request.length);
  });

  it('are not given up while their answers are made', async () => {
    const { server, begun, connectClient } = await serve({ silentMs: 50 });
    const client = connectClient();
    const read = readAll(client);
    client.write(request);
    await once(server, 'timeout');
    begun[0].end('late');
    await until(() => read.text.endsWith('late'));
  });
});

describe('connections', () => {
  it('are as many as may be', async () => {
    const { server, begun, connectClient } = await serve({ connections: 2 });
    for (const client of [connectClient(), connectClient()]) client.write(request);
    await until(() => begun.length === 2);
    connectClient().write(request);
    await once(server, 'drop');
    assert.equal(begun.length, 2);
  });

  it('are closed when they are kept for nothing', async () => {
    const { connections, connectClient } = await serve({ silentMs: 50 });
    connectClient();
    await until(() => connections.at(0)?.destroyed === true);
  });
});
