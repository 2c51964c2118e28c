import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** One server-sent event. */
export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: object;
}

/** How long a stream may be silent, and how long it waits. */
interface StreamPace {
  /** Proxies and load balancers close what is silent for longer. */
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long is sent away: it resumes where it was. */
  readonly patienceMs: number;
}
const usualPace: StreamPace = { heartbeatMs: 15_000, patienceMs: 30_000 };

const logger = new Logger('event-stream');

/**
 * Answers with server-sent events until the client goes, `isAllowed` says no, or `stopping` aborts. An event is fetched
 * when the client has taken the one before, so that nothing piles up for a slow one.
 *
 * @param events makes the events; it has to end when its signal aborts
 */
export const sendEvents = async (
  request: FastifyRequest,
  reply: FastifyReply,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
  { isAllowed, stopping }: { readonly isAllowed: () => boolean; readonly stopping: AbortSignal },
  { heartbeatMs, patienceMs } = usualPace,
): Promise<void> => {
  const { raw } = reply;
  open(request, reply);
  // An answer to HEAD has no events, and comes to an end.
  if (request.method === 'HEAD') {
    end(raw);
    return;
  }
  const over = new AbortController();
  const heartbeat = setInterval(() => {
    if (!isAllowed()) over.abort();
    else if (!raw.writableNeedDrain) raw.write(': still here\n\n');
  }, heartbeatMs);
  raw.once('close', () => {
    over.abort();
  });
  const signal = AbortSignal.any([over.signal, stopping]);
  try {
    for await (const event of events(signal)) {
      if (!isAllowed()) break;
      if (!raw.write(textOf(event))) await drained(raw, signal, patienceMs);
    }
  } catch (error) {
    if (!signal.aborted) logger.warn({ message: 'A stream of events has ended early.', requestId: request.id, error });
  } finally {
    clearInterval(heartbeat);
    end(raw);
  }
};

// A connection that stays, because its client is slow or half gone, would keep the service from stopping.
const end = (raw: ServerResponse): void => {
  const { socket } = raw;
  if (raw.writableNeedDrain) raw.destroy();
  else raw.end(() => socket?.destroy());
};

const open = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
    'x-request-id': request.id,
  });
  reply.raw.write(': here we go\n\n');
};

const drained = async (raw: ServerResponse, signal: AbortSignal, patienceMs: number): Promise<void> => {
  await once(raw, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) });
};

const textOf = ({ id, event, data }: ServerSentEvent): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
