import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import type { CorrectionEvent } from '../domain/metering.events.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { Feed } from '#event-sourcing/feed/feed.js';

/** Its name in the log. */
export const correctionsStream = 'corrections';

/** The one stream of corrections. Its order settles who corrects a record first, for any number of processes. */
@Injectable()
export class CorrectionsStream {
  constructor(
    private readonly log: EventLog,
    private readonly feed: Feed,
  ) {}

  /**
   * Appends one correction after the revision it was decided at, and resolves when the views show how the stream goes on.
   *
   * @returns the revision it got, or undefined if another correction came first: decide again
   */
  async append(event: CorrectionEvent, expectedRevision: number, command: CommandMeta): Promise<number | undefined> {
    const { commandId, nowMs, actor, reason } = command;
    const meta = { commandId, now: formatInstant(nowMs), actor, reason };
    const events = [proposeEvent(commandId, 0, event, meta)];
    const outcome = await this.log.append({ stream: correctionsStream, expectedRevision, events });
    await this.feed.reached(outcome.code === 'stored' ? outcome.position : await this.log.head());
    return outcome.code === 'stored' ? outcome.revision : undefined;
  }
}
