import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import type { FanOutGranted } from '../domain/fan-out.events.js';
import type { GrantedWithoutStore } from '../domain/without-store.events.js';
import { EventLog, noStream } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import type { Requester } from './admission-control.js';

/** A grant that is to be written down, with who asked for it and what the store did. */
export interface Unrecorded {
  readonly granted: FanOutGranted;
  readonly asker: Requester;
  readonly why: string;
}

/**
 * Writes down what was granted without the event store, each in a stream of its own: nobody else writes there, and the
 * same append may be made until it has an answer.
 */
@Injectable()
export class FailOpenLog {
  private readonly logger = new Logger('fan-outs');
  /** Two processes may have granted the same request. */
  private readonly writer = randomUUID();
  private readonly recorded = new WeakSet<FanOutGranted>();

  constructor(private readonly log: EventLog) {}

  isRecorded = ({ granted }: Unrecorded): boolean => this.recorded.has(granted);

  async record(unrecorded: Unrecorded): Promise<void> {
    if (this.isRecorded(unrecorded)) return;
    const { granted, asker, why } = unrecorded;
    const { fanOutId, atMs } = granted.data;
    const commandId = `withoutStore:${this.writer}:${fanOutId}`;
    const meta = { commandId, now: formatInstant(atMs), actor: asker.actor, reason: asker.reason };
    const told: GrantedWithoutStore = { type: 'FanOutGrantedWithoutStore', data: { ...granted.data, why } };
    const events = [proposeEvent(commandId, 0, told, meta)];
    await this.log.append({ stream: `withoutStore-${this.writer}-${fanOutId}`, expectedRevision: noStream, events });
    this.recorded.add(granted);
    const message = 'A fan-out that was granted without the event store is on record now.';
    this.logger.warn({ message, actor: asker.actor, fanOutId });
  }
}
