import type { FastifyInstance } from 'fastify';
import type { EventLog } from '#event-sourcing/ports/event-log.js';

/**
 * Says `stale: true` in every answer to a query, and in every other that says as of when it is, while a shared store
 * cannot be reached: it is made from what this process knows, and more may be stored by now.
 */
export const markStale = (fastify: FastifyInstance, log: EventLog): void => {
  fastify.addHook('preSerialization', (request, reply, payload, done) => {
    const isStale = log.outOfReach() !== undefined && reply.statusCode < 400 && isReading(request.method, payload);
    done(null, isStale ? { ...payload, stale: true } : payload);
  });
};

const isReading = (method: string, payload: unknown): payload is object =>
  typeof payload === 'object' && payload !== null && (method === 'GET' || 'asOf' in payload);
