import type { IncomingHttpHeaders } from 'node:http';
import { parseInstant } from '#kernel/instants.js';
import type { RecordFault } from '../domain/metering-record.js';
import type { IngestAnswer, RejectedRecord } from '../commands/pending-request.js';

/** The one type of event that metering takes. */
export const meteredType = 'bursar.task.metered.v1';

/** Records taken out of CloudEvents, with the index each had, and the events that hold none. */
export interface Unwrapped {
  readonly records: readonly unknown[];
  readonly indexes: readonly number[];
  readonly faults: readonly RejectedRecord[];
}

/**
 * Takes the records out of CloudEvents 1.0 in JSON: `id`, `source` and `time` come from the envelope, extensions are
 * ignored. What the data says of them, too, has to be the same.
 */
export const unwrap = (events: readonly unknown[]): Unwrapped => {
  const records: unknown[] = [];
  const indexes: number[] = [];
  const faults: RejectedRecord[] = [];
  events.forEach((event, index) => {
    const fault = faultOf(event);
    if (fault !== undefined) faults.push({ index, id: idOf(event), ...fault });
    else if (isObject(event)) {
      records.push(recordOf(event));
      indexes.push(index);
    }
  });
  return { records, indexes, faults };
};

/** The answer about the records, as an answer about the events they came in. */
export const rewrap = (answer: IngestAnswer, { indexes, faults }: Unwrapped): IngestAnswer => {
  const rejected = answer.rejected.map((record) => ({ ...record, index: indexes[record.index] }));
  return { ...answer, rejected: [...rejected, ...faults].sort((one, other) => one.index - other.index) };
};

/** A CloudEvent whose envelope is in `ce-` headers and whose data is the body; undefined if there is no such envelope. */
export const binaryModeEvent = (headers: IncomingHttpHeaders, data: unknown): unknown => {
  if (headers['ce-specversion'] === undefined && headers['ce-id'] === undefined) return undefined;
  const attribute = (name: string): string | undefined => {
    const value = headers[`ce-${name}`];
    return typeof value === 'string' ? decoded(value) : undefined;
  };
  const [specversion, type, source, id, time] = ['specversion', 'type', 'source', 'id', 'time'].map(attribute);
  return { specversion, type, source, id, ...(time !== undefined && { time }), data };
};

const faultOf = (event: unknown): RecordFault | undefined => {
  if (!isObject(event) || event.specversion !== '1.0' || !isObject(event.data)) {
    return {
      code: 'notACloudEvent',
      detail: 'A CloudEvent has specversion "1.0", type, source, id and, in data, the record.',
    };
  }
  if (event.type !== meteredType) return { code: 'unknownEventType', detail: `type must be ${meteredType}.` };
  const { data, id, source, time } = event;
  if (data.id !== undefined && data.id !== id) return contradiction('id', 'id');
  if (data.source !== undefined && data.source !== source) return contradiction('source', 'source');
  const isOtherTime = data.occurredAt !== undefined && time !== undefined && !isSameTime(data.occurredAt, time);
  return isOtherTime ? contradiction('occurredAt', 'time') : undefined;
};

const contradiction = (field: string, attribute: string): RecordFault => ({
  code: 'contradictsEnvelope',
  detail: `data.${field} is not the ${attribute} of the CloudEvent; leave it out of the data.`,
});

/** Whether two texts name one instant, in whatever zone. */
const isSameTime = (one: unknown, other: unknown): boolean => {
  if (one === other) return true;
  const [first, second] = [one, other].map((text) => (typeof text === 'string' ? parseInstant(text) : undefined));
  return typeof first === 'number' && first === second;
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
