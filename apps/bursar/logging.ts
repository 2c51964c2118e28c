import type { LoggerService } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { destination, pino } from 'pino';
import type { Logger } from 'pino';
import { callerOf } from '#http/caller.js';
import type { Metrics } from './metrics.js';

/** One JSON object a line on standard error; standard output belongs to the person who started the service. */
export const rootLogger = (level: string): Logger =>
  pino(
    { level, base: undefined, errorKey: 'error', timestamp: pino.stdTimeFunctions.isoTime },
    destination({ fd: 2, sync: true }),
  );

/** Lets Nest and our own modules write to the same log. */
export const nestLogger = (logger: Logger): LoggerService => {
  const write =
    (level: 'info' | 'error' | 'warn' | 'debug' | 'fatal') =>
    (message: unknown, ...more: unknown[]): void => {
      const context = more.findLast((part) => typeof part === 'string');
      if (message instanceof Error) logger[level]({ context, error: message }, message.message);
      else if (typeof message === 'object') logger[level]({ context, ...message });
      else logger[level]({ context }, typeof message === 'string' ? message : JSON.stringify(message));
    };
  // Nest tells at length how it starts: only for those who ask for it.
  return {
    log: write('debug'),
    error: write('error'),
    warn: write('warn'),
    debug: write('debug'),
    fatal: write('fatal'),
  };
};

/**
 * One line a request: its route, not its path, and the id of the key, so that nothing personal beyond ids is written.
 * What went well over a bulk route is counted, not written: at thousands a second the lines would say nothing.
 */
export const logRequests = (fastify: FastifyInstance, logger: Logger, metrics: Metrics): void => {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { url: route = 'unknown', config } = request.routeOptions;
    const { statusCode } = reply;
    metrics.answered(route, statusCode);
    const level = statusCode >= 500 ? 'error' : config.isBulk === true && statusCode < 400 ? 'debug' : 'info';
    if (!logger.isLevelEnabled(level)) {
      done();
      return;
    }
    const milliseconds = Math.round(reply.elapsedTime * 100) / 100;
    logger[level](
      {
        requestId: request.id,
        method: request.method,
        route,
        status: statusCode,
        milliseconds,
        key: callerOf(request)?.keyId,
      },
      'answered',
    );
    done();
  });
};
