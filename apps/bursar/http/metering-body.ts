import { gunzipSync } from 'node:zlib';
import { readRecords } from '#domain/metering/read-records.js';
import type { ReadRecords } from '#domain/metering/read-records.js';
import { eventAround, readEvents } from './cloud-events.js';
import type { Envelope } from './cloud-events.js';
import { inflating, inflatingProblem, parseJson } from './json-body.js';
import { Problem } from './problem.js';

/** The most records one request may hold. */
const maxRecords = 10_000;

/** How the body of a metering request is to be read: what its headers say, and its key. */
export interface MeteringForm {
  readonly mediaType: string;
  readonly isGzipped: boolean;
  /** Of a CloudEvent in binary mode, whose data the body is. */
  readonly envelope: Envelope | undefined;
  /** Stands in for an absent `source`; empty if the key names none. */
  readonly source: string;
}

/**
 * Reads the body of a metering request: a record, an array of them, or CloudEvents. Asks nobody anything, so it can be
 * done in any thread.
 *
 * @throws Problem when the body as a whole cannot be taken; what is wrong with single records is in the result
 */
export const readMetering = (body: Buffer, form: MeteringForm): ReadRecords => {
  const parsed = parseJson(form.isGzipped ? inflated(body) : body);
  if (parsed === undefined) {
    throw new Problem(400, 'bodyNotJson', 'There is no body: send a record, or an array of them.');
  }
  switch (form.mediaType) {
    case 'application/cloudevents+json':
      return readEvents([parsed], form.source);
    case 'application/cloudevents-batch+json':
      if (isArray(parsed)) return readEvents(limited(parsed), form.source);
      throw new Problem(400, 'batchNotArray', 'A batch of CloudEvents is a JSON array.');
    default:
      if (form.envelope !== undefined) return readEvents([eventAround(parsed, form.envelope)], form.source);
      return readRecords(isArray(parsed) ? limited(parsed) : [parsed], form.source);
  }
};

const inflated = (body: Buffer): Buffer => {
  try {
    return gunzipSync(body, inflating);
  } catch (error) {
    throw inflatingProblem(error);
  }
};

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const limited = (records: readonly unknown[]): readonly unknown[] => {
  if (records.length <= maxRecords) return records;
  throw new Problem(
    413,
    'tooManyRecords',
    `A request may hold ${String(maxRecords)} records; send the rest in another.`,
  );
};
