import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { serveNoMore } from './open-connections.js';

/** So much of a body is read and dropped sooner than a connection is given up. */
const smallRestBytes = 16 * 1024;

/** So long a sender whose body is not read has to take the answer. */
const usualPatienceMs = 5_000;

/**
 * Has the connection closed behind an answer to a request whose body is still to come. What is sent until then is
 * dropped. The sender is told first: if a socket with unread bytes were closed at once, the answer might never be seen.
 */
export const closeUnlessRead = (
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
  patienceMs = usualPatienceMs,
): void => {
  const announced = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
  if (announced === 0 || raw.complete) return;
  if (announced > smallRestBytes) void reply.header('connection', 'close');
  if (reply.getHeader('connection') === 'close') linger(raw, patienceMs);
};

/** Ends a connection that Node would destroy behind its last answer in two steps: ours, then theirs or the time's. */
const linger = (request: IncomingMessage, patienceMs: number): void => {
  const { socket } = request;
  serveNoMore(socket);
  const destroySoon = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    if (request.complete) {
      destroySoon();
      return;
    }
    socket.end();
    AbortSignal.timeout(patienceMs).addEventListener('abort', () => socket.destroy());
    request.once('end', destroySoon);
  };
};
