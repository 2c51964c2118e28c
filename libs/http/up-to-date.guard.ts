import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Problem } from './problem.js';

/** Fan-outs see to it themselves, for all who ask at the same time (law 4). */
const seesToItself = '/api/v1/fan-outs';

/**
 * Read your writes: holds a request back until this process knows what the caller may count on: a query, until the
 * views have reached the `minPosition` it names; a command on a shared store, until they have what any process had
 * stored when it came, so that nobody is told of an old version, or that what another process has just made is not
 * there.
 */
@Injectable()
export class UpToDateGuard implements CanActivate {
  /** @param longestWaitMs after this a query is answered that its position is not reached */
  constructor(
    private readonly feed: Feed,
    private readonly longestWaitMs: number,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.method === 'GET' || request.method === 'HEAD') {
      const position = takeMinPosition(request);
      return position === undefined || this.reached(position);
    }
    if (request.url.startsWith(seesToItself)) return true;
    return this.feed.upToDate()?.then(() => true) ?? true;
  }

  private async reached(position: number): Promise<true> {
    if (await this.feed.reachedWithin(position, this.longestWaitMs)) return true;
    throw new Problem(
      503,
      'notYetReached',
      `This process has seen the log up to position ${String(this.feed.position)} and not yet up to ${String(position)}; ask again.`,
      { retryAfterSeconds: 1 },
    );
  }
}

/** Takes it out of the query: every query may carry it, and it is no parameter of any route. */
const takeMinPosition = (request: FastifyRequest): number | undefined => {
  const { query } = request;
  if (typeof query !== 'object' || query === null || !('minPosition' in query)) return undefined;
  const { minPosition, ...others } = query;
  request.query = others;
  if (typeof minPosition === 'string' && /^\d{1,15}$/.test(minPosition)) return Number(minPosition);
  throw new Problem(400, 'invalidPosition', 'minPosition is the position of an answer, such as 539.');
};
