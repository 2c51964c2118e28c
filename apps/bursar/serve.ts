import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyBaseLogger, LogController } from 'fastify';
import { isRefusal } from '#kernel/refusal.js';
import { AccessCommands } from '#access/commands/access.commands.js';
import { SealAudit } from '#audit/sagas/seal-audit.saga.js';
import { DeriveCaps } from '#caps/sagas/derive-caps.saga.js';
import { WatchCaps } from '#caps/sagas/watch-caps.saga.js';
import { WatchPace } from '#caps/sagas/watch-pace.saga.js';
import { AdmissionDesk } from '#fan-out/commands/admission-desk.js';
import { DenialLog } from '#fan-out/commands/denial-log.js';
import { GrantsWithoutStore } from '#fan-out/commands/grants-without-store.js';
import { WatchRunaways } from '#caps/sagas/watch-runaways.saga.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { FormatLevel } from '#event-sourcing/feed/format-level.js';
import { Snapshotter } from '#event-sourcing/feed/snapshotter.js';
import { AccessView } from '#access/domain/access.view.js';
import { ClosePeriods } from '#periods/sagas/close-periods.saga.js';
import { WatchBuiltInPrices } from '#prices/sagas/watch-built-in-prices.saga.js';
import { PricesCommands } from '#prices/commands/prices.commands.js';
import { CorrectionJobs } from '#metering/sagas/correction-jobs.js';
import { OwnStream } from '#metering/commands/own-stream.js';
import { SagaRunner } from '#event-sourcing/sagas/saga-runner.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import type { LogFailure } from '#event-sourcing/ports/event-log.js';
import { PlaceIndex } from '#event-sourcing/ports/place-index.js';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';
import { BursarModule } from './bursar.module.js';
import { ClockWatch } from './clock-watch.js';
import type { Config } from './config.js';
import { openEdge } from './edge.js';
import { failureOf, forgetDamaged } from './failing.js';
import { answerClientError } from '#http/client-error.js';
import { maxBodyBytes } from '#http/body.js';
import { sendProblem } from '#http/problem.filter.js';
import { nestLogger, rootLogger } from './logging.js';
import { Readiness } from './readiness.js';

/** In which a request has to come as a whole. */
const requestTimeoutMs = 300_000;

/** The running service. */
export interface Service {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** The first owner key, if this start has made it. It is shown once. */
  readonly ownerKey: string | undefined;
  /** Finishes what was accepted, takes a snapshot and closes the store. */
  stop(): Promise<void>;
}

/**
 * Opens the data directory, listens, and resolves when the views have caught up. While they do, the API answers 503.
 *
 * Rejects with `LogFailure` or `ConfigError` when the log cannot be used, and when the port is taken.
 */
export const startService = async (config: Config, onFailure: (failure: LogFailure) => void): Promise<Service> => {
  const logger = rootLogger(config.logLevel);
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    // No logger per request: the one line a request gets names its id.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 1_024 },
    // What the router refuses comes by no filter.
    frameworkErrors: sendProblem,
    // Nor does what is no HTTP.
    clientErrorHandler: answerClientError,
    // What Node does by itself and Fastify leaves out: half a request is not kept for ever.
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: 'idle',
    // The hook that asks for readiness says it in our words.
    return503OnClosing: false,
  });
  const app = await NestFactory.create<NestFastifyApplication>(BursarModule.with(config), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(logger),
  });
  const readiness = app.get(Readiness);
  void failureOf(app).then(async (failure) => {
    readiness.unready(failure.detail);
    logger.error(failure.detail);
    // If that cannot be done either, the next start finds out.
    await forgetDamaged(app, failure).catch((error: unknown) => {
      logger.error(error);
    });
    onFailure(failure);
  });
  const closeEdge = openEdge(app, logger);
  try {
    await app.listen(config.port, config.host);
    await catchUp(app);
    const ownerKey = await firstOwnerKey(app);
    const ticks = setInterval(() => {
      tick(app);
    }, tickMs);
    readiness.ready();
    const standStill = async (): Promise<void> => {
      const why = await app.get(Feed).outdated;
      clearInterval(ticks);
      readiness.unready(why.message);
      logger.error(why.message);
      await stopWork(app);
    };
    // It has to stay alive to say why, whatever its last steps have met.
    standStill().catch((error: unknown) => {
      logger.error(error);
    });
    return { app, url: await app.getUrl(), ownerKey, stop: () => stop(app, ticks, closeEdge) };
  } catch (error) {
    // What listens, and a log elsewhere, would keep the process alive, and others out of the directory.
    await closeEdge();
    await stopWork(app);
    await closeStore(app);
    throw error;
  }
};

const catchUp = async (app: NestFastifyApplication): Promise<void> => {
  const feed = app.get(Feed);
  await feed.start();
  await app.get(FormatLevel).raise();
  await app.get(PricesCommands).adoptBuiltInPrices(app.get(Clock).now());
  app.get(Snapshotter).start();
  app.get(OwnStream).start();
  app.get(ClockWatch).start();
  const jobs = app.get(CorrectionJobs);
  const sagas = app.get(SagaRunner);
  sagas.register(app.get(ClosePeriods));
  sagas.register(app.get(DeriveCaps), restMs.deriveCaps);
  sagas.register(app.get(WatchCaps), restMs.watchCaps);
  sagas.register(app.get(WatchPace), restMs.watchPace);
  sagas.register(app.get(WatchRunaways), restMs.watchRunaways);
  sagas.register(app.get(SealAudit));
  sagas.register(app.get(WatchBuiltInPrices));
  feed.onBatch((batch) => {
    jobs.wake();
    sagas.folded(batch);
  });
  jobs.wake();
  sagas.start();
};

/**
 * Under load the same groups and users move all the time: so long a saga waits before it looks again. Thresholds are
 * waited for; a cap is derived by whoever needs it, and a day's spend changes slowly.
 */
const restMs = { watchCaps: 2, deriveCaps: 500, watchPace: 2_000, watchRunaways: 2_000 } as const;
/** Time is an input like any other: sagas are told that it passes. */
const tickMs = 1_000;

const tick = (app: NestFastifyApplication): void => {
  app.get(ClockWatch).look();
  app.get(SagaRunner).tick();
  // A step that failed is tried again although nothing has happened since.
  app.get(CorrectionJobs).wake();
  // The log says by itself that it has failed; while it cannot be reached, the next tick tries again.
  const left = (): void => undefined;
  app.get(DenialLog).flush(app.get(Clock).now()).catch(left);
  app.get(AdmissionDesk).sweep().catch(left);
  app.get(GrantsWithoutStore).record().catch(left);
};

const firstOwnerKey = async (app: NestFastifyApplication): Promise<string | undefined> => {
  if (app.get(AccessView).list().length > 0) return undefined;
  const meta = {
    commandId: 'first-owner-key',
    nowMs: app.get(Clock).now(),
    actor: 'system:start',
    reason: 'the first start',
  };
  const data = {
    name: 'first owner key',
    role: 'owner' as const,
    groups: null,
    source: null,
    zeroCostIsFree: false,
    expiresAtMs: null,
  };
  const created = await app.get(AccessCommands).create(data, meta);
  if (!isRefusal(created)) return created.key ?? undefined;
  // Another process began at the same time, and has shown the key.
  if (created.code === 'idempotencyConflict') return undefined;
  throw new Error(created.detail);
};

const stop = async (
  app: NestFastifyApplication,
  ticks: NodeJS.Timeout,
  closeEdge: () => Promise<void>,
): Promise<void> => {
  clearInterval(ticks);
  app.get(Readiness).unready('The service is stopping.');
  // Answers what was accepted before anything below it goes away.
  await closeEdge();
  await stopWork(app);
  await app.get(AdmissionDesk).settled();
  // If the log cannot be reached now, denials are lost as they are at a kill, and what is in the service's own log is all
  // that tells of grants without it.
  const left = (): void => undefined;
  await app.get(DenialLog).flush(app.get(Clock).now()).catch(left);
  await app.get(GrantsWithoutStore).record().catch(left);
  await app.get(Snapshotter).take();
  await closeStore(app);
};

const stopWork = async (app: NestFastifyApplication): Promise<void> => {
  await app.get(SagaRunner).stop();
  await app.get(CorrectionJobs).stop();
};

const closeStore = async (app: NestFastifyApplication): Promise<void> => {
  await app.get(Feed).stop();
  await app.get(EventLog).close();
  await app.get(PlaceIndex).close();
  await app.get(Snapshots).close();
};
