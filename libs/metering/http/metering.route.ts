import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CommandBus } from '@nestjs/cqrs';
import { MeterRecords } from '../commands/metering.commands.js';
import type { IngestAnswer } from '../commands/pending-request.js';
import { mediaTypeOf } from '#http/body.js';
import type { Callers } from '#http/caller.js';
import { binaryModeEvent, rewrap, unwrap } from './cloud-events.js';
import { Problem } from '#http/problem.js';

export const meteringPath = '/api/v1/metering';

/** Counts what has come in; the metrics of the service do. */
export abstract class IngestMeter {
  /** @param ms from the request parsed to its answer */
  abstract ingested(answer: IngestAnswer, ms: number): void;
}

const write = ['metering.write'];
const writeOld = [...write, 'metering.allowOld'];

/** The most records one request may hold. */
const maxRecords = 10_000;

/** The most bytes its body may hold, as it is sent and inflated: that many records, and more than is usual of each. */
const maxBodyBytes = 8 * 1024 * 1024;

/**
 * `POST /api/v1/metering`, straight on Fastify: the guards, pipes and interceptors of a controller cost more per request
 * than all the rest of this road, and there is nothing for them to do.
 */
export const meteringRoute = (
  fastify: FastifyInstance,
  bus: CommandBus,
  callers: Callers,
  meter: IngestMeter,
): void => {
  const config = { isBulk: true, needs: (query: unknown) => (asksForOld(query) ? writeOld : write) };
  fastify.post(meteringPath, { logLevel: 'warn', bodyLimit: maxBodyBytes, config }, async (request) => {
    const startedMs = performance.now();
    const allowOld = allowOldIn(request.query);
    const key = callers.admitFound(request, ...(allowOld ? writeOld : write));
    const { actor, source, groups, zeroCostIsFree } = key;
    const caller = { actor, source, groups, zeroCostIsFree, allowOld };
    const answer = await metered(request, (records) => bus.execute(new MeterRecords(records, caller)));
    meter.ingested(answer, performance.now() - startedMs);
    return answer;
  });
};

const metered = async (
  request: FastifyRequest,
  accept: (records: readonly unknown[]) => Promise<IngestAnswer>,
): Promise<IngestAnswer> => {
  const { body } = request;
  if (body === undefined) {
    throw new Problem(400, 'bodyNotJson', 'There is no body: send a record, or an array of them.');
  }
  const events = eventsIn(request);
  if (events === undefined) return accept(limited(isArray(body) ? body : [body]));
  const unwrapped = unwrap(limited(events));
  return rewrap(await accept(unwrapped.records), unwrapped);
};

/** The CloudEvents in a request, or undefined if it holds plain records. */
const eventsIn = ({ headers, body }: FastifyRequest): readonly unknown[] | undefined => {
  switch (mediaTypeOf(headers)) {
    case 'application/cloudevents+json':
      return [body];
    case 'application/cloudevents-batch+json':
      if (isArray(body)) return body;
      throw new Problem(400, 'batchNotArray', 'A batch of CloudEvents is a JSON array.');
    default: {
      const event = binaryModeEvent(headers, body);
      return event === undefined ? undefined : [event];
    }
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

const allowOldIn = (query: unknown): boolean => {
  for (const [name, value] of parametersIn(query)) {
    if (name !== 'allowOld') throw new Problem(400, 'unknownField', `There is no parameter ${name.slice(0, 40)} here.`);
    if (value !== 'true' && value !== 'false') throw new Problem(400, 'invalidValue', 'allowOld is true or false.');
  }
  return asksForOld(query);
};

const asksForOld = (query: unknown): boolean =>
  parametersIn(query).some(([name, value]) => name === 'allowOld' && value === 'true');

const parametersIn = (query: unknown): readonly (readonly [name: string, value: unknown])[] =>
  typeof query === 'object' && query !== null ? Object.entries(query) : [];
