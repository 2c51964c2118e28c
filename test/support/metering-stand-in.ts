import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readRecord } from '#metering/domain/read-record.js';
import { emptyRow } from '#metering/domain/record-row.js';

/** What the next request is answered with instead of being served: a status and headers, or a connection that breaks. */
export type Interference =
  'hangUp' | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown };

interface Stored {
  readonly text: string;
  readonly row: ReturnType<typeof emptyRow>;
}

/**
 * Stands in for the metering route in tests of what talks to it, over a real socket: it reads records with the real
 * reader, keeps identities, and misbehaves when it is told to. It is not the service: it attributes and rates nothing.
 */
export const startMeteringStandIn = async () => {
  const stored = new Map<string, Stored>();
  const requests: { readonly url: string; readonly authorization: string; readonly size: number }[] = [];
  const interferences: Interference[] = [];
  const hooks = { onServed: (): void => undefined };

  const serve = (records: readonly unknown[]) => {
    const answer = { accepted: 0, duplicates: 0, rejected: [] as unknown[], position: '1' };
    records.forEach((record, index) => {
      const row = emptyRow();
      const fault = readRecord(record, '', row);
      const identity = JSON.stringify([row.source, row.id]);
      const text = JSON.stringify(row);
      const first = stored.get(identity);
      if (fault !== undefined) answer.rejected.push({ index, id: row.id === '' ? null : row.id, ...fault });
      else if (first === undefined) {
        stored.set(identity, { text, row });
        answer.accepted++;
      } else if (first.text === text) answer.duplicates++;
      else answer.rejected.push({ index, id: row.id, code: 'identityConflict', detail: 'The first stays.' });
    });
    return answer;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const records: unknown = JSON.parse(body);
    if (!Array.isArray(records)) throw new Error('the import sends arrays');
    const { url = '', headers } = request;
    requests.push({ url, authorization: headers.authorization ?? '', size: records.length });
    const interference = interferences.shift();
    if (interference === 'hangUp') {
      request.socket.destroy();
    } else if (interference !== undefined) {
      response.writeHead(interference.status, interference.headers).end(JSON.stringify(interference.body ?? {}));
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(serve(records)));
      hooks.onServed();
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in listens on a port');

  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    /** What was accepted, in the order in which it came. */
    rows: () => [...stored.values()].map(({ row }) => row),
    requests,
    /** One entry is used up by each request. */
    interferences,
    hooks,
    stop: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
