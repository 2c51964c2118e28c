import type { IncomingHttpHeaders } from 'node:http';
import type { RecordFault, RejectedRecord } from '#domain/metering/metering-record.js';
import { readRecords } from '#domain/metering/read-records.js';
import type { ReadRecords } from '#domain/metering/read-records.js';

/** The one type of event that metering takes. */
export const meteredType = 'bursar.task.metered.v1';

/** What `ce-` headers say about the event whose data a body is. */
export interface Envelope {
  readonly specversion?: string;
  readonly type?: string;
  readonly source?: string;
  readonly id?: string;
  readonly time?: string;
}

/** Reads the records in CloudEvents 1.0: `id`, `source` and `time` come from the envelope, extensions are ignored. */
export const readEvents = (events: readonly unknown[], defaultSource: string): ReadRecords => {
  const records: unknown[] = [];
  const indexes: number[] = [];
  const rejected: RejectedRecord[] = [];
  events.forEach((event, index) => {
    const fault = faultOf(event);
    if (fault !== undefined) rejected.push({ index, id: idOf(event), ...fault });
    else if (isObject(event)) {
      records.push(recordOf(event));
      indexes.push(index);
    }
  });
  const read = readRecords(records, defaultSource);
  return {
    ...read,
    indexes: read.indexes.map((index) => indexes[index]),
    rejected: [...rejected, ...read.rejected.map((record) => ({ ...record, index: indexes[record.index] }))],
  };
};

/** The envelope of an event in binary mode; undefined if the headers hold none. */
export const envelopeIn = (headers: IncomingHttpHeaders): Envelope | undefined => {
  if (headers['ce-specversion'] === undefined && headers['ce-id'] === undefined) return undefined;
  const attribute = (name: string): string | undefined => {
    const value = headers[`ce-${name}`];
    return typeof value === 'string' ? decoded(value) : undefined;
  };
  const [specversion, type, source, id, time] = ['specversion', 'type', 'source', 'id', 'time'].map(attribute);
  return { specversion, type, source, id, ...(time !== undefined && { time }) };
};

export const eventAround = (data: unknown, envelope: Envelope): unknown => ({ ...envelope, data });

const faultOf = (event: unknown): RecordFault | undefined => {
  if (!isObject(event) || event.specversion !== '1.0' || !isObject(event.data)) {
    return {
      code: 'notACloudEvent',
      detail: 'A CloudEvent has specversion "1.0", type, source, id and, in data, the record.',
    };
  }
  return event.type === meteredType ? undefined : { code: 'unknownEventType', detail: `type must be ${meteredType}.` };
};

const recordOf = ({ id, source, time, data }: Readonly<Record<string, unknown>>): unknown =>
  isObject(data) ? { ...data, id, source, ...(time !== undefined && { occurredAt: time }) } : data;

const idOf = (event: unknown): string | null =>
  isObject(event) && typeof event.id === 'string' ? event.id.slice(0, 255) : null;

// Header values are percent-encoded UTF-8 (CloudEvents HTTP binding, 3.1.3.2); what is not is taken as it is.
const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
