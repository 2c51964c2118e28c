import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type CloseConnections, watchConnections } from './open-connections.js';

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

interface Served {
  readonly server: Server;
  readonly close: CloseConnections;
  /** Bytes that the server has read of all its clients. */
  readonly bytesRead: () => number;
  readonly connectClient: () => Socket;
}

const serve = async (answer: (response: ServerResponse) => void): Promise<Served> => {
  const sockets: Socket[] = [];
  const server = createServer((_request, response) => {
    answer(response);
  });
  server.on('connection', (socket) => sockets.push(socket));
  const close = watchConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    server,
    close,
    bytesRead: () => sockets.reduce((sum, socket) => sum + socket.bytesRead, 0),
    connectClient: () => {
      const client = connect(port, '127.0.0.1');
      client.on('error', () => undefined);
      closers.push(() => client.destroy());
      return client;
    },
  };
};

describe('connections, when the service comes to its end', () => {
  it('are not cut while an answer is on its way', async () => {
    const answered: ServerResponse[] = [];
    const { server, connectClient } = await serve((response) => {
      answered.push(response.end(big));
    });
    const client = connectClient();
    client.write(request);
    await until(() => answered.length === 1);
    const ended = once(server.close(), 'close');
    let received = 0;
    client.on('data', (chunk: Buffer) => (received += chunk.length));
    await until(() => received > big.length || client.closed);
    assert.ok(received > big.length, `${String(received)} bytes`);
    server.closeIdleConnections();
    await ended;
  });

  it('are closed at once when nothing was asked over them, or all was answered', async () => {
    const { server, close, connectClient } = await serve((response) => response.end('done'));
    const [silent, answered] = [connectClient(), connectClient()];
    answered.write(request);
    await Promise.all([once(silent, 'connect'), once(answered, 'data')]);
    const ended = once(server.close(), 'close');
    await until(() => {
      close(false);
      return silent.closed && answered.closed;
    });
    await ended;
  });

  it('answer all requests that have begun, also when several came at once', async () => {
    const answers: ServerResponse[] = [];
    const { server, close, connectClient } = await serve((response) => answers.push(response));
    const client = connectClient();
    let received = '';
    client.on('data', (chunk: Buffer) => (received += chunk.toString()));
    client.write(request);
    await until(() => answers.length === 1);
    const ended = once(server.close(), 'close');
    close(false);
    client.write(request);
    await until(() => answers.length === 2);
    close(false);
    for (const [place, answer] of answers.entries()) answer.end(`answer ${String(place)}`);
    await until(() => client.closed);
    assert.match(received, /answer 0.*connection: close.*answer 1$/is);
    await ended;
  });

  it('are closed when the rest of a request has come that was answered before', async () => {
    const answered: ServerResponse[] = [];
    const { server, close, connectClient } = await serve((response) => {
      answered.push(response.end('refused'));
    });
    const client = connectClient();
    client.resume().write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf');
    await until(() => answered.at(0)?.closed === true);
    const [{ req }] = answered;
    const ended = once(server.close(), 'close');
    assert.equal(req.socket.destroyed, false, 'what its client sends is still read');
    client.write(' done');
    await until(() => req.readableEnded);
    close(false);
    assert.equal(req.socket.destroyed, true);
    await ended;
  });

  it('wait for the rest of a request, but not for ever', async () => {
    const { server, close, connectClient, bytesRead } = await serve((response) => {
      response.req.resume();
    });
    const halves = [request.slice(0, 10), 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nhalf'];
    const clients = halves.map((half) => {
      const client = connectClient();
      client.resume().write(half);
      return client;
    });
    await until(() => bytesRead() === halves.join('').length);
    const ended = once(server.close(), 'close');
    close(false);
    const again = new Promise<void>((resolve) =>
      server.getConnections((_error, count) => {
        assert.equal(count, 2, 'they are given time');
        resolve();
      }),
    );
    await again;
    close(true);
    await Promise.all(clients.map((client) => until(() => client.closed)));
    await ended;
  });

  it('do not wait for ever for a client that does not take its answer, but do for an answer that is not made', async () => {
    const answers: ServerResponse[] = [];
    const { server, close, connectClient } = await serve((response) => answers.push(response));
    const [unwilling, waiting] = [connectClient(), connectClient()];
    unwilling.write(request);
    await until(() => answers.length === 1);
    answers[0].end(big);
    waiting.write(request);
    await until(() => answers.length === 2);
    const ended = once(server.close(), 'close');
    close(true);
    await until(() => answers[0].destroyed);
    answers[1].end('done');
    const [chunk] = z.tuple([z.instanceof(Buffer)]).parse(await once(waiting, 'data'));
    assert.match(chunk.toString(), /^connection: close\r\n.*done$/ims, 'nothing more is to be sent over it');
    await ended;
  });
});
