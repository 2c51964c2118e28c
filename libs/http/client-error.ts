import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { answersUnderWay } from './open-connections.js';
import { problemDocument, unreadable } from './problem.js';
import { clientProblems } from './problem-of.js';

/**
 * Answers what is no HTTP, has too much in its headers or does not come to an end, as a problem document: such a request
 * reaches no route and no filter.
 */
export const answerClientError = (error: NodeJS.ErrnoException, socket: Socket): void => {
  // The client has gone: there is nobody to tell.
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = clientProblems[error.code ?? ''] ?? unreadable;
  const body = JSON.stringify(problemDocument(problem));
  // Nothing is written into what is being sent, nor in the place of what a request before is owed.
  const isNext = answersUnderWay(socket).every(({ headersSent, req }) => !headersSent && !req.complete);
  if (socket.writable && isNext) {
    socket.write(
      `HTTP/1.1 ${String(problem.status)} ${STATUS_CODES[problem.status] ?? ''}\r\n` +
        `Connection: close\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
        `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
};
