import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ingest } from '#application/metering/ingest.js';
import type { Metrics } from '../metrics.js';
import { acceptRawBodies, isGzipped, mediaTypeOf } from './body.js';
import type { Access } from './caller.js';
import { envelopeIn } from './cloud-events.js';
import type { MeteringForm } from './metering-body.js';
import type { MeteringReaders } from './metering-readers.js';
import { Problem } from './problem.js';

export const meteringPath = '/api/v1/metering';

/**
 * `POST /api/v1/metering`, straight on Fastify: the guards, pipes and interceptors of a controller cost more per request
 * than all the rest of this road, and there is nothing for them to do. The body comes as bytes, which are read elsewhere.
 */
export const meteringRoute = (
  fastify: FastifyInstance,
  ingest: Ingest,
  readers: MeteringReaders,
  access: Access,
  metrics: Metrics,
): void => {
  acceptRawBodies(fastify, access);
  fastify.post(meteringPath, { logLevel: 'warn' }, async (request) => {
    const startedMs = performance.now();
    const allowOld = allowOldIn(request.query);
    const key = access.admit(request, 'metering.write');
    if (allowOld) access.admit(request, 'metering.allowOld');
    const read = await readers.read(bytesOf(request), formOf(request, key.source));
    const answer = await ingest.acceptRead(read, {
      actor: key.actor,
      source: key.source,
      groups: key.groups,
      allowOld,
    });
    metrics.ingested(answer, performance.now() - startedMs);
    return answer;
  });
};

const bytesOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

const formOf = ({ headers }: FastifyRequest, source: string | null): MeteringForm => ({
  mediaType: mediaTypeOf(headers),
  isGzipped: isGzipped(headers),
  envelope: envelopeIn(headers),
  source: source ?? '',
});

const allowOldIn = (query: unknown): boolean => {
  const given = typeof query === 'object' && query !== null ? Object.entries(query) : [];
  for (const [name, value] of given) {
    if (name !== 'allowOld') throw new Problem(400, 'unknownField', `There is no parameter ${name.slice(0, 40)} here.`);
    if (value !== 'true' && value !== 'false') throw new Problem(400, 'invalidValue', 'allowOld is true or false.');
  }
  return given.some(([, value]) => value === 'true');
};
