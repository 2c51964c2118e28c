import { Injectable } from '@nestjs/common';
import { formatRaised, isFormatRaised } from '../format/format.events.js';
import { formatDecider, formatLevel, formatStream } from '../format/format.js';
import type { EventLog } from '../ports/event-log.js';
import { Clock } from '../ports/clock.js';
import { Commands } from '../commands/execute.js';
import { NewerFormat } from './newer-format.js';

const decider = { ...formatDecider, event: formatRaised };

/**
 * Schema version in the log: puts the level of this version on record before it writes what earlier ones do not know.
 */
@Injectable()
export class FormatLevel {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  async raise(): Promise<void> {
    const reason = `format ${String(formatLevel)} is written from here on`;
    const meta = { commandId: `format:${String(formatLevel)}`, nowMs: this.clock.now(), actor: 'system:start', reason };
    await this.commands.execute(decider, formatStream, { type: 'RaiseFormat', data: { level: formatLevel }, meta });
  }
}

const eventsPerRead = 100;

/**
 * Throws `NewerFormat` when a log has a higher level than this version reads: a snapshot beside it may be further than
 * the event that says so, and the feed would not come across it.
 */
export const requireReadable = async (log: EventLog): Promise<void> => {
  for (let from = 0; ; from += eventsPerRead) {
    const events = await log.read(formatStream, from, eventsPerRead);
    for (const event of events) {
      if (isFormatRaised(event) && event.data.level > formatLevel) throw new NewerFormat(event.data.level);
    }
    if (events.length < eventsPerRead) return;
  }
};
