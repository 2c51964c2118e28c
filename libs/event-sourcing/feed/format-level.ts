import { Injectable } from '@nestjs/common';
import { formatRaised, isFormatRaised } from '../format/format.events.js';
import { formatAtStart, formatDecider, formatLevel, formatStream } from '../format/format.js';
import type { EventLog } from '../ports/event-log.js';
import { Clock } from '../ports/clock.js';
import { Commands } from '../commands/execute.js';
import { NewerFormat } from './newer-format.js';

const decider = { ...formatDecider, event: formatRaised };

/**
 * Schema version in the log: puts a level on record before this version writes what earlier ones do not know. What only
 * some logs will ever have raises the level of those that get it, so that an earlier version still reads the others.
 */
@Injectable()
export class FormatLevel {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the log has this level, or has had a higher one. */
  async raise(level = formatAtStart, actor = 'system:start'): Promise<void> {
    const reason = `format ${String(level)} is written from here on`;
    const meta = { commandId: `format:${String(level)}`, nowMs: this.clock.now(), actor, reason };
    await this.commands.execute(decider, formatStream, { type: 'RaiseFormat', data: { level }, meta });
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
