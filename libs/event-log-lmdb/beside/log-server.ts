import type { ServerResponse } from 'node:http';
import type { RecordStore } from '#event-sourcing/record-log/record-store.js';
import type { OwnerSocket } from '../owner/owner-socket.js';
import { frameOf } from './frames.js';

/** Records of one answer end here, so that reading beside holds the owner up for less than a millisecond. */
const answerBytes = 1 << 18;

/** Lets other processes read the log: `/log/head`, `/log/records?after=&limit=`, `/log/stream?name=&from=&limit=`. */
export const serveLog = (socket: OwnerSocket, store: RecordStore): void => {
  socket.serve('/log/head', (_query, response) => {
    response.end(JSON.stringify(store.head()));
  });
  socket.serve('/log/records', (query, response) => {
    writeRecords(store, Number(query.get('after')), Number(query.get('limit')), response);
  });
  socket.serve('/log/stream', (query, response) => {
    const positions = store.positions(query.get('name') ?? '', Number(query.get('from')), Number(query.get('limit')));
    response.end(JSON.stringify(positions));
  });
};

/** At least one record if there is any, then as many as fit into an answer. A record that is missing ends it. */
const writeRecords = (store: RecordStore, after: number, limit: number, response: ServerResponse): void => {
  const last = Math.min(store.head(), after + limit);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (let position = after + 1; position <= last && bytes < answerBytes; position++) {
    const record = store.get(position);
    if (record === undefined) break;
    pieces.push(...frameOf(Buffer.from(record)));
    bytes += record.length;
  }
  response.end(Buffer.concat(pieces));
};
