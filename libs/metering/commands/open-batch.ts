import { fingerprintWords } from '#kernel/fingerprint.js';
import { rememberIdentityKeys } from '../domain/identity.js';
import { createMeteredBatch } from '../domain/metered-batch.js';
import type { MeteredColumns } from '../domain/metering.events.js';
import type { ChargedAs, RecordRow } from '../domain/record-row.js';
import { rowOutcome } from '../domain/metering.slots.js';
import type { UncountedRow } from '../domain/metering.slots.js';
import type { PendingRequest } from './pending-request.js';

/** Records of one sender that go into the log as one event, and which request each came from. */
export interface OpenBatch {
  readonly actor: string;
  readonly pricesKnown: number;
  isFull(): boolean;
  /** @param key of the identity: three words */
  push(request: PendingRequest, index: number, row: RecordRow, charged: ChargedAs, key: Uint32Array): void;
  /** What goes into the log. The keys are at hand when it is folded. */
  columns(): MeteredColumns;
  /** Tells every request what became of its records; a request that waits for nothing else is answered. */
  settle(position: number, uncounted: readonly UncountedRow[]): void;
  fail(error: Error): void;
}

export const openBatch = (actor: string, pricesKnown: number): OpenBatch => {
  const rows = createMeteredBatch(pricesKnown);
  const ids: string[] = [];
  let keys = new Uint32Array(fewRecords * fingerprintWords);
  // Requests in the order they came, with the row their records begin at and each row's index in its request.
  const requests: PendingRequest[] = [];
  const begins: number[] = [];
  const indexes: number[] = [];

  const requestOf = (row: number): PendingRequest => requests[begins.findLastIndex((begin) => begin <= row)];

  const reject = ({ row, outcome }: UncountedRow): void => {
    const request = requestOf(row);
    request.accepted--;
    if (outcome === rowOutcome.duplicate) request.duplicates++;
    else request.rejected.push({ index: indexes[row], id: ids[row], ...identityConflict });
  };

  const close = (): void => {
    for (const request of requests) {
      if (--request.open === 0) request.settle();
    }
  };

  return {
    actor,
    pricesKnown,
    isFull: () => rows.isFull(),
    columns() {
      const columns = rows.columns();
      rememberIdentityKeys(columns, keys.subarray(0, rows.count() * fingerprintWords));
      return columns;
    },
    push(request, index, row, charged, key) {
      if (requests.at(-1) !== request) {
        requests.push(request);
        begins.push(rows.count());
        request.open++;
      }
      indexes.push(index);
      ids.push(row.id);
      const at = rows.count() * fingerprintWords;
      if (at === keys.length) keys = grown(keys);
      for (let word = 0; word < fingerprintWords; word++) keys[at + word] = key[word];
      rows.push(row, charged);
    },
    settle(position, uncounted) {
      requests.forEach((request, place) => {
        request.accepted += (begins[place + 1] ?? rows.count()) - begins[place];
        request.position = Math.max(request.position, position);
      });
      uncounted.forEach(reject);
      close();
    },
    fail(error) {
      for (const request of new Set(requests)) request.settle(error);
    },
  };
};

/** A batch of one sender is often of one record. */
const fewRecords = 8;

const grown = (keys: Uint32Array): Uint32Array<ArrayBuffer> => {
  const more = new Uint32Array(2 * keys.length);
  more.set(keys);
  return more;
};

/** The refusal of a record whose identity the log already holds with other content. */
export const identityConflict = {
  code: 'identityConflict',
  detail:
    'This (source, id) is already metered with other content; the first stays. Void it, and meter anew under another id.',
} as const;
