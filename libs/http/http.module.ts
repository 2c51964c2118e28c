import { Global, Module } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { keepTurnsShort } from '#event-sourcing/turns.js';
import { BodiesUnderWay } from './bodies-under-way.js';
import { acceptJsonBodies } from './body.js';
import { Callers } from './caller.js';
import { serializeBigSums } from './big-sums.js';
import { HttpServer } from './http-server.js';
import { type CloseConnections, isTurnedAway, watchConnections } from './open-connections.js';
import { OpenStreams } from './open-streams.js';
import { Problem } from './problem.js';
import { Readiness } from './readiness.js';
import { markStale } from './stale.js';

/** So long the end of the service waits for clients: half of what is usual before a process is killed. */
const gracePeriodMs = 15_000;
/** How often connections are looked at meanwhile. */
const lookMs = 20;

/** What every request meets, whichever route it is for; and at the end, connection draining. */
@Global()
@Module({ providers: [HttpServer, Readiness, OpenStreams], exports: [HttpServer, Readiness, OpenStreams] })
export class HttpModule implements OnModuleInit, BeforeApplicationShutdown {
  private closeConnections: CloseConnections = () => undefined;

  constructor(
    private readonly server: HttpServer,
    private readonly readiness: Readiness,
    private readonly callers: Callers,
    private readonly log: EventLog,
    private readonly shutdown: Shutdown,
  ) {}

  onModuleInit(): void {
    const { fastify } = this.server;
    acceptJsonBodies(fastify, this.callers, new BodiesUnderWay());
    fastify.addHook('onRequest', (request, _reply, done) => {
      if (isTurnedAway(request.raw)) return;
      const { url, config } = request.routeOptions;
      // One path is written in many ways, with %61 for an a or with the host before it: the route is always the same.
      const missing = (url ?? request.url).startsWith('/api/') ? this.readiness.missing() : undefined;
      if (config.isBulk !== true) keepTurnsShort();
      done(missing === undefined ? undefined : new Problem(503, 'notReady', missing, { retryAfterSeconds: 1 }));
    });
    markStale(fastify, this.log);
    serializeBigSums(fastify);
    this.closeConnections = watchConnections(fastify.server);
  }

  /** Every request that has begun is answered before anything below it goes away, as long as its client goes on. */
  async beforeApplicationShutdown(): Promise<void> {
    this.readiness.unready('The service is stopping.');
    const gracePeriod = AbortSignal.timeout(gracePeriodMs);
    // A connection that was busy when the server began to close would be kept alive for a minute after its answer.
    const looks = setInterval(() => {
      this.closeConnections(gracePeriod.aborted);
    }, lookMs);
    await this.shutdown.part(() => this.server.fastify.close());
    clearInterval(looks);
  }
}
