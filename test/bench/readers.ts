import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type Connection, openConnection, requestBytes } from './client.js';
import { load, startBursar, type Target } from './processes.js';
import type { LoadResult } from './load.js';
import { durable, milliseconds, type Row } from './report.js';
import { inDirectory } from './workspace.js';

const comments = 3_000;
const readers = 5;
const asksPerSecond = 100;
const seconds = 15;
const lookEveryMs = 20;

/** Decisions while five clients follow the stream of alerts from its beginning, again and again (F19). */
export const readerRows = async (): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const bursar = await startBursar(directory);
    await commentOften(bursar);
    await decide(bursar, 1);
    const alone = await decide(bursar, 2);
    const end = new AbortController();
    const reading = Array.from({ length: readers }, () => readOn(bursar, end.signal));
    const beside = await decide(bursar, 3);
    end.abort();
    const events = (await Promise.all(reading)).reduce((sum, read) => sum + read, 0);
    await bursar.stop();
    return [
      {
        workload: 'readers',
        what: `a decision, ${String(asksPerSecond)}/s, beside ${String(readers)} clients that replay ${String(comments)} events of one alert, ${Math.round(events / beside.seconds).toLocaleString('en-US')} events/s in all`,
        figure: `p50 ${milliseconds(beside.p50Ms)}, p99 ${milliseconds(beside.p99Ms)}`,
        ceiling: `without them p50 ${milliseconds(alone.p50Ms)}, p99 ${milliseconds(alone.p99Ms)}`,
        ratio: beside.p99Ms / alone.p99Ms,
        goal: 'issue: p99 at most 50 ms',
        durability: durable,
      },
    ];
  });

const decide = ({ port, key }: Target, seed: number): Promise<LoadResult> =>
  load({
    ...{ kind: 'fanOuts', port, key, seed, nowMs: Date.now(), connections: 16, recordsPerRequest: 1, groups: 1 },
    ...{ requests: asksPerSecond * seconds, requestsPerSecond: asksPerSecond },
  });

const listed = z.object({ items: z.array(z.object({ id: z.string() })) });

/** One alert, and what very many have said of it. */
const commentOften = async ({ port, key }: Target): Promise<void> => {
  const connection = await openConnection(port);
  const send = (method: string, path: string, body?: object): Promise<string> =>
    connection.send(requestBytes(method, `/api/v1${path}`, key, body && JSON.stringify(body)));
  for (const group of ['asked-0', 'often']) await send('PUT', `/groups/${group}`, { name: group });
  await send('PUT', '/groups/often/cap', { policy: { kind: 'fixed', capMicros: 1_000 } });
  const occurredAt = new Date().toISOString();
  const record = { source: 'bench', id: 'often', taskId: 't', userId: 'u', groupId: 'often', occurredAt };
  await send('POST', '/metering', { ...record, costMicros: 5_000 });
  const path = `/alerts/${encodeURIComponent(await firstAlert(send))}/feedback`;
  for (let place = 0; place < comments; place++) await send('POST', path, { feedback: 'useful', note: String(place) });
  connection.close();
};

const firstAlert = async (send: (method: string, path: string) => ReturnType<Connection['send']>): Promise<string> => {
  for (;;) {
    const { items } = listed.parse(JSON.parse(await send('GET', '/alerts?group=often')));
    if (items.length > 0) return items[0].id;
    await wait(lookEveryMs);
  }
};

/** Follows from the beginning until all was told, and begins anew. @returns how many events came */
const readOn = async ({ port, key }: Target, signal: AbortSignal): Promise<number> => {
  let events = 0;
  while (!signal.aborted) {
    const over = new AbortController();
    const headers = { authorization: `Bearer ${key}`, 'last-event-id': '0' };
    const url = `http://127.0.0.1:${String(port)}/api/v1/alerts/stream`;
    const answer = await fetch(url, { headers, signal: over.signal });
    events += await toldBy(answer, signal);
    over.abort();
  }
  return events;
};

/** Reads until everything was told. */
const toldBy = async ({ body }: Response, signal: AbortSignal): Promise<number> => {
  const text = new TextDecoder();
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = body?.getReader();
  let told = 0;
  while (reader !== undefined && told < comments && !signal.aborted) {
    const { done, value } = await reader.read();
    if (done) break;
    told += text.decode(value, { stream: true }).split('\nevent: ').length - 1;
  }
  return told;
};
