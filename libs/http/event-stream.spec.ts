import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import Fastify from 'fastify';
import { type ServerSentEvent, sendEvents } from './event-stream.js';

// That somebody was sent away is told in the log, which is not what is tested here.
Logger.overrideLogger(false);

const patient = { heartbeatMs: 60_000, patienceMs: 60_000 };
const eventBytes = 65_536;
/** More than a connection holds on its way. */
const manyEvents = 1_000;

interface Stream {
  readonly client: Socket;
  /** What the client has read. */
  readonly text: () => string;
  /** The client has no connection any more. */
  readonly isClosed: () => boolean;
  readonly stopping: AbortController;
  /** How many events the server has fetched. */
  readonly fetched: () => number;
  /** The server is through with it. */
  readonly isOver: () => boolean;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const bigEvent = (place: number): ServerSentEvent => ({
  id: String(place),
  event: 'raised',
  data: { text: 'x'.repeat(eventBytes) },
});

/** A server that sends so many events, and then waits for more; and a client of it. */
const open = async (
  count: number,
  pace: { readonly heartbeatMs: number; readonly patienceMs: number },
  isAllowed = () => true,
): Promise<Stream> => {
  const stopping = new AbortController();
  let fetched = 0;
  let isOver = false;
  const events = async function* (signal: AbortSignal): AsyncGenerator<ServerSentEvent, void> {
    while (fetched < count && !signal.aborted) yield bigEvent(++fetched);
    if (!signal.aborted) await once(signal, 'abort');
  };
  const server = Fastify({ forceCloseConnections: true });
  server.get('/', async (request, reply) => {
    await sendEvents(request, reply, events, { isAllowed, stopping: stopping.signal }, pace);
    isOver = true;
  });
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  const client = connect(Number(port), '127.0.0.1');
  closers.push(() => {
    client.destroy();
    return server.close();
  });
  let text = '';
  client.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  return {
    client,
    text: () => text,
    isClosed: () => client.closed,
    stopping,
    fetched: () => fetched,
    isOver: () => isOver,
  };
};

const until = async (holds: () => boolean, what: string, patienceMs = 1_000): Promise<void> => {
  const lateMs = performance.now() + patienceMs;
  while (!holds()) {
    assert.ok(performance.now() < lateMs, what);
    await wait(5);
  }
};

const stillHere = ': still here\n\n';

describe('a stream of events', () => {
  it('tells that it is still there when there is nothing to tell', async () => {
    const { text, fetched, isOver } = await open(0, { ...patient, heartbeatMs: 10 });
    await until(() => text().split(stillHere).length > 3, 'it is silent');
    assert.match(text(), /content-type: text\/event-stream/);
    assert.deepEqual([fetched(), isOver()], [0, false]);
  });

  it('looks with every heartbeat whether its client still may, and ends if not', async () => {
    let isAllowed = true;
    const { text, isOver, isClosed } = await open(0, { ...patient, heartbeatMs: 10 }, () => isAllowed);
    await until(() => text().includes(stillHere), 'it is silent');
    isAllowed = false;
    await until(isOver, 'it goes on');
    await until(isClosed, 'the connection stays');
  });

  it('sends a client away that takes nothing, and fetches no more for it than the connection holds', async () => {
    const { client, fetched, isOver, isClosed } = await open(manyEvents, { heartbeatMs: 5, patienceMs: 100 });
    client.pause();
    await until(isOver, 'it waits for ever');
    const atTheEnd = fetched();
    assert.ok(atTheEnd < manyEvents, `${String(atTheEnd)} of ${String(manyEvents)} were fetched`);
    client.resume();
    await until(isClosed, 'the connection stays');
    assert.equal(fetched(), atTheEnd);
  });

  it('waits for a client that is slow, and leaves nothing out', async () => {
    const count = 200;
    const { client, text } = await open(count, { heartbeatMs: 5, patienceMs: 5_000 });
    client.on('data', () => {
      client.pause();
      setTimeout(() => client.resume(), 1);
    });
    await until(() => text().includes(`id: ${String(count)}\n`), 'it does not come to its end', 20_000);
    const ids = [...text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    assert.deepEqual(
      ids,
      Array.from({ length: count }, (_, place) => place + 1),
    );
  });

  it('lets the service stop although a client takes nothing', async () => {
    const { client, fetched, stopping, isOver, isClosed } = await open(manyEvents, patient);
    client.pause();
    // Until the connection holds no more.
    for (let before = -1; fetched() === 0 || fetched() > before;) {
      before = fetched();
      await wait(50);
    }
    stopping.abort();
    await until(isOver, 'the service waits for the client');
    client.resume();
    await until(isClosed, 'the connection stays');
  });
});
