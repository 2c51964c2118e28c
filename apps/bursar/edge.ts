import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { Ids } from '#directory/queries/ids.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { Ingest } from '#metering/commands/ingest.js';
import { keepTurnsShort } from '#event-sourcing/turns.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { acceptJsonBodies } from '#http/body.js';
import { Callers } from '#http/caller.js';
import { fanOutOperations } from '#fan-out/http/fan-outs.operations.js';
import { meteringOperations } from '#metering/http/metering.operations.js';
import { sayExactSums } from '#http/exact-sums.js';
import { fanOutsRoute } from '#fan-out/http/fan-outs.route.js';
import { findIds } from '#directory/http/found-ids.js';
import { meteringPath, meteringRoute } from '#metering/http/metering.route.js';
import { watchConnections } from '#http/open-connections.js';
import type { CloseConnections } from '#http/open-connections.js';
import { serveOpenApi } from '#http/openapi.js';
import { Problem } from '#http/problem.js';
import { markStale } from '#http/stale.js';
import { logRequests } from './logging.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** So long the end of the service waits for clients: half of what is usual before a process is killed. */
const patienceMs = 15_000;

/**
 * Puts around the controllers what every request meets, and beside them the routes that are asked thousands of times a
 * second (ADR 7).
 *
 * @returns what closes it: every request that has begun is answered, as long as its client goes on
 */
export const openEdge = (app: NestFastifyApplication, logger: Logger): (() => Promise<void>) => {
  const fastify = app.getHttpAdapter().getInstance();
  const [callers, metrics, readiness] = [app.get(Callers), app.get(Metrics), app.get(Readiness)];
  acceptJsonBodies(fastify, callers, [meteringPath]);
  logRequests(fastify, logger, metrics);
  fastify.addHook('onRequest', (request, _reply, done) => {
    // One path is written in many ways, with %61 for an a or with the host before it: the route is always the same.
    const path = request.routeOptions.url ?? request.url;
    const missing = path.startsWith('/api/') ? readiness.missing() : undefined;
    // Whoever does not meter waits for an answer.
    if (path !== meteringPath) keepTurnsShort();
    done(missing === undefined ? undefined : new Problem(503, 'notReady', missing, { retryAfterSeconds: 1 }));
  });
  findIds(fastify, app.get(Ids));
  markStale(fastify, app.get(EventLog));
  sayExactSums(fastify);
  meteringRoute(fastify, app.get(Ingest), callers, metrics);
  fanOutsRoute(fastify, app.get(FanOuts), app.get(KeyedMutex), callers);
  serveOpenApi(app, () => ({ ...meteringOperations(), ...fanOutOperations() }));
  const closeConnections = watchConnections(fastify.server);
  return () => close(app, closeConnections);
};

// A connection that was busy when the server began to close would be kept alive for a minute after its answer.
const close = async (app: NestFastifyApplication, closeConnections: CloseConnections): Promise<void> => {
  const patience = AbortSignal.timeout(patienceMs);
  const looks = setInterval(() => {
    closeConnections(patience.aborted);
  }, 20);
  await app.close().finally(() => {
    clearInterval(looks);
  });
};
