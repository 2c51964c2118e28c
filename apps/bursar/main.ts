import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyBaseLogger, LogController } from 'fastify';
import type { Logger } from 'pino';
import { FirstOwnerKey } from '#access/commands/first-owner-key.js';
import { Shutdown } from '#event-sourcing/lifecycle/shutdown.js';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import type { LogFailure } from '#event-sourcing/ports/event-log.js';
import { fanOutOperations } from '#fan-out/http/fan-outs.operations.js';
import { maxBodyBytes } from '#http/body.js';
import { answerClientError } from '#http/client-error.js';
import { serveOpenApi } from '#http/openapi.js';
import { sendProblem } from '#http/problem.filter.js';
import { meteringOperations } from '#metering/http/metering.operations.js';
import { BursarModule } from './bursar.module.js';
import type { Config } from './config.js';
import { FailureWatch } from './failure-watch.js';
import { nestLogger, rootLogger } from './logging.js';

/** The running service. */
export interface Service {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** The first owner key, if this start has made it. It is shown once. */
  readonly ownerKey: string | undefined;
  /** When it was ready, milliseconds since 1970. */
  readonly readyAtMs: number;
  /** Makes something that works on the service from inside, of what its modules export. */
  create<T>(type: Type<T>): Promise<T>;
  /** Finishes what was accepted, takes a snapshot and closes the store. Rejects if it could not end in order. */
  stop(): Promise<void>;
}

/**
 * Opens the data directory, listens, and resolves when the views have caught up. While they do, the API answers 503.
 * What starts and stops when, modules say in their lifecycle hooks.
 *
 * Rejects with `LogFailure` or `ConfigError` when the log cannot be used, and when the port is taken.
 */
export const startService = async (config: Config, onFailure: (failure: LogFailure) => void): Promise<Service> => {
  const logger = rootLogger(config.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(BursarModule.with(config, logger), adapter(logger), {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(logger),
  });
  void app.get(FailureWatch).failure.then(onFailure);
  serveOpenApi(app, () => ({ ...meteringOperations(), ...fanOutOperations() }));
  try {
    await app.listen(config.port, config.host);
    await app.get(Startup).completed();
  } catch (error) {
    // What listens, and a log elsewhere, would keep the process alive, and others out of the directory.
    await app.close();
    throw error;
  }
  return {
    app,
    url: await app.getUrl(),
    ownerKey: app.get(FirstOwnerKey).key,
    readyAtMs: app.get(Clock).now(),
    create: (type) => app.get(BursarModule).create(type),
    stop: async () => {
      await app.close();
      app.get(Shutdown).requireGood();
    },
  };
};

/** In which a request has to come as a whole: the largest body does over 1.2 Mbit/s. */
const requestTimeoutMs = 60_000;

const adapter = (logger: Logger): FastifyAdapter =>
  new FastifyAdapter({
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
