import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import type { FanOutsDenied } from '#domain/fan-out/denials.events.js';
import type { Reason } from '#domain/fan-out/rules.js';
import { EventLog, noStream } from '#ports/event-log.js';
import { proposeEvent } from '#ports/propose-event.js';

const minuteMs = 60_000;
/** Bounded: with more callers, groups and reasons in a minute, the minute is stored in pieces. */
const linesAtHand = 1_000;
const stream = 'denials-main';
const eventsPerRead = 500;
const triesOnConflict = 10;

type Line = FanOutsDenied['data']['denials'][number];

/** Writes down what was denied: per caller, group, reason and minute, in a stream that no decision reads. */
@Injectable()
export class DenialLog {
  /** Two processes may have denied the same in the same minute: that is no repeat. */
  private readonly writer = randomUUID();
  private lines = new Map<string, Line>();
  private minute = 0;
  private revision: number | undefined;
  private storing: Promise<void> = Promise.resolve();

  constructor(private readonly log: EventLog) {}

  note(
    caller: string,
    groupId: string,
    {
      reasons,
      nowMs,
      position,
    }: { readonly reasons: readonly Reason[]; readonly nowMs: number; readonly position: number },
  ): void {
    const minute = Math.floor(nowMs / minuteMs);
    if (minute !== this.minute || this.lines.size >= linesAtHand) void this.flush(nowMs);
    this.minute = minute;
    for (const { code } of reasons) {
      const key = JSON.stringify([caller, groupId, code]);
      const { count, firstPosition } = this.lines.get(key) ?? { count: 0, firstPosition: position };
      this.lines.set(key, { caller, groupId, code, count: count + 1, firstPosition, lastPosition: position });
    }
  }

  /** Stores a minute that is over. */
  tick(nowMs: number): void {
    if (Math.floor(nowMs / minuteMs) !== this.minute) void this.flush(nowMs);
  }

  /** Stores what there is, after what is being stored. Resolves when it is durable, or is known to be lost with the log. */
  flush(nowMs: number): Promise<void> {
    const denials = [...this.lines.values()];
    if (denials.length === 0) return this.storing;
    this.lines = new Map();
    const data = { minuteMs: this.minute * minuteMs, denials };
    // The log says by itself that it has failed; denials are no reason to go on about it.
    this.storing = this.storing.then(() => this.store(data, nowMs)).catch(() => undefined);
    return this.storing;
  }

  private async store(data: FanOutsDenied['data'], nowMs: number): Promise<void> {
    for (let tries = 0; tries < triesOnConflict; tries++) {
      const expectedRevision = this.revision ?? (await this.lastRevision());
      const commandId = `denials:${this.writer}:${String(data.minuteMs)}:${String(expectedRevision)}`;
      const meta = { commandId, now: formatInstant(nowMs), actor: 'system:admission', reason: '' };
      const event = proposeEvent(commandId, 0, { type: 'FanOutsDenied', data }, meta);
      const outcome = await this.log.append({ stream, expectedRevision, events: [event] });
      this.revision = outcome.code === 'stored' ? outcome.revision : outcome.actualRevision;
      if (outcome.code === 'stored') return;
    }
  }

  private async lastRevision(): Promise<number> {
    let revision = noStream;
    for (;;) {
      const events = await this.log.read(stream, revision + 1, eventsPerRead);
      revision += events.length;
      if (events.length < eventsPerRead) return revision;
    }
  }
}
