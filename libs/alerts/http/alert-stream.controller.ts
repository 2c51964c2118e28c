import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { groupsOf } from '#kernel/reach.js';
import { AlertStream } from '../queries/alert-stream.js';
import type { AlertChange } from '../queries/alert-stream.js';
import { Needs, Who } from '#http/access.guard.js';
import { Callers } from '#http/caller.js';
import type { Caller } from '#http/caller.js';
import { sendEvents } from '#http/event-stream.js';
import type { ServerSentEvent } from '#http/event-stream.js';
import { OpenStreams } from '#http/open-streams.js';
import { Problem } from '#http/problem.js';
import { toAlertResponse } from './alert.presenter.js';

const streamQuery = z.strictObject({
  lastEventId: z.string().optional().meta({ description: 'As the header `Last-Event-ID`, which wins.' }),
});

/**
 * Straight on the answer rather than through Nest's `@Sse`: that one fetches events as fast as they come, whether or
 * not the client takes them.
 */
@ApiTags('alerts')
@ApiBearerAuth()
@Controller('api/v1/alerts')
export class AlertStreamController {
  constructor(
    private readonly alerts: AlertStream,
    private readonly callers: Callers,
    private readonly open: OpenStreams,
  ) {}

  @Get('stream')
  @Needs('alerts.read')
  @ApiProduces('text/event-stream')
  @ApiOperation({
    summary: 'What happens to alerts, as server-sent events',
    description:
      'From now on, or after `Last-Event-ID` without loss or repeats. A key may have 32 streams open, all keys together 512. `id` is the log position, `event` one of raised, updated, acknowledged, resolved, unmuted, feedback, `data` the alert after it.',
  })
  async stream(
    @Query({ schema: streamQuery }) query: z.infer<typeof streamQuery>,
    @Headers('last-event-id') header: string | undefined,
    @Who() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { alerts } = this;
    const after = positionOf(header ?? query.lastEventId, alerts.position);
    const groups = groupsOf(caller);
    const end = this.open.enter(caller.actor);
    try {
      await sendEvents(request, reply, (signal) => told(alerts.follow(after, groups, signal)), {
        isAllowed: () => this.stillMay(request),
        stopping: alerts.stopping,
      });
    } finally {
      end();
    }
  }

  // A key that is revoked or expires while the stream is open reads nothing more.
  private stillMay(request: FastifyRequest): boolean {
    try {
      this.callers.admit(request, 'alerts.read');
      return true;
    } catch {
      return false;
    }
  }
}

async function* told(changes: AsyncIterable<AlertChange>): AsyncGenerator<ServerSentEvent, void> {
  for await (const { position, kind, alert } of changes) {
    yield { id: String(position), event: kind, data: toAlertResponse(alert) };
  }
}

/** A position that the log has not reached yet is none that Bursar gave out: such a client hears what comes. */
const positionOf = (lastEventId: string | undefined, head: number): number => {
  if (lastEventId === undefined) return head;
  if (!/^\d{1,15}$/.test(lastEventId)) {
    throw new Problem(400, 'invalidLastEventId', 'Last-Event-ID is the id of an event of this stream: a log position.');
  }
  return Math.min(Number(lastEventId), head);
};
