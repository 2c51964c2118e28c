import { Catch, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemDocument } from './problem.js';
import { problemOf } from './problem-of.js';
import { closeUnlessRead } from './unread-body.js';

const logger = new Logger('http');

/**
 * Answers an error as a problem document. What should never happen is also written to the log as an error, and what
 * passes by itself as a warning without its stack: in an outage every request has one. Both with the id of the request.
 */
export const sendProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
  const problem = problemOf(error);
  const about = { requestId: request.id, code: problem.code };
  if (problem.status === 500) logger.error({ ...about, error });
  else if (problem.status > 500) logger.warn({ ...about, message: problem.message });
  if (problem.more.retryAfterSeconds !== undefined) {
    void reply.header('retry-after', String(problem.more.retryAfterSeconds));
  }
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  closeUnlessRead(request, reply);
  void reply.status(problem.status).type('application/problem+json').send(problemDocument(problem));
};

/** Problem details: the one error filter. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
