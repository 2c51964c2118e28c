import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { formatInstant } from '#kernel/instants.js';
import type { FanOutsDenied } from '#domain/fan-out/denials.events.js';
import type { Reason } from '#domain/fan-out/rules.js';
import { EventLog, noStream } from '#ports/event-log.js';
import { proposeEvent } from '#ports/propose-event.js';

const minuteMs = 60_000;
/** An event stays small: with more callers, groups and reasons than this, what has come together is stored in pieces. */
const linesPerPiece = 500;
/** Memory is bounded: when so many pieces wait for the log, who is denied waits, too. */
const piecesAtHand = 8;
const stream = 'denials-main';
const triesOnConflict = 10;

type Line = FanOutsDenied['data']['denials'][number];

/**
 * Writes down what was denied: added up per caller, group and reason, in a stream that no decision reads. A denial
 * changes nothing, so it is answered at once and on record with the next `flush`.
 */
@Injectable()
export class DenialLog {
  /** Two processes may have denied the same in the same minute: that is no repeat. */
  private readonly writer = randomUUID();
  private lines = new Map<string, Line>();
  private minute = 0;
  /** Unknown before the first append, which is told. */
  private revision = noStream;
  private piecesStoring = 0;
  private storing: Promise<void> = Promise.resolve();

  constructor(private readonly log: EventLog) {}

  /** Resolves when there is room for more: at once, unless the log is far behind. */
  note(
    caller: string,
    groupId: string,
    {
      reasons,
      nowMs,
      position,
    }: { readonly reasons: readonly Reason[]; readonly nowMs: number; readonly position: number },
  ): Promise<void> {
    const minute = Math.floor(nowMs / minuteMs);
    if (minute !== this.minute || this.lines.size >= linesPerPiece) void this.flush(nowMs);
    this.minute = minute;
    for (const { code } of reasons) {
      const key = JSON.stringify([caller, groupId, code]);
      const { count, firstPosition } = this.lines.get(key) ?? { count: 0, firstPosition: position };
      this.lines.set(key, { caller, groupId, code, count: count + 1, firstPosition, lastPosition: position });
    }
    return this.piecesStoring < piecesAtHand ? Promise.resolve() : this.storing;
  }

  /**
   * Stores what has come together, after what is being stored. Resolves when it is durable, or is known to be lost with
   * the log.
   */
  flush(nowMs: number): Promise<void> {
    const denials = [...this.lines.values()];
    if (denials.length === 0) return this.storing;
    this.lines = new Map();
    const data = { minuteMs: this.minute * minuteMs, denials };
    this.piecesStoring++;
    this.storing = this.storing
      .then(() => this.store(data, nowMs))
      // The log says by itself that it has failed; denials are no reason to go on about it.
      .catch(() => undefined)
      .finally(() => {
        this.piecesStoring--;
      });
    return this.storing;
  }

  private async store(data: FanOutsDenied['data'], nowMs: number): Promise<void> {
    for (let tries = 0; tries < triesOnConflict; tries++) {
      const expectedRevision = this.revision;
      const commandId = `denials:${this.writer}:${String(data.minuteMs)}:${String(expectedRevision)}`;
      const meta = { commandId, now: formatInstant(nowMs), actor: 'system:admission', reason: '' };
      const event = proposeEvent(commandId, 0, { type: 'FanOutsDenied', data }, meta);
      const outcome = await this.log.append({ stream, expectedRevision, events: [event] });
      this.revision = outcome.code === 'stored' ? outcome.revision : outcome.actualRevision;
      if (outcome.code === 'stored') return;
    }
  }
}
