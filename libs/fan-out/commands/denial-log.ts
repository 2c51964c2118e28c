import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { millisecondsInMinute } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import type { FanOutsDenied } from '../domain/denials.events.js';
import type { DenialReason } from '../domain/rules.js';
import { EventLog, LogFailure, noStream, type ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { WriterId } from '#event-sourcing/writer-id.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { isTransient, retryOnConflict } from '#event-sourcing/commands/concurrency-conflict.js';

/** An event stays small: with more callers, groups and reasons than this, what has come together is stored in pieces. */
const linesPerPiece = 500;
/** Memory is bounded: when so many pieces wait for the log and one more is full, who is denied waits, too. */
const piecesAtHand = 7;

type Line = FanOutsDenied['data']['denials'][number];

/**
 * Single writer: writes down what was denied: added up per caller, group and reason, in a stream that no decision reads
 * and no other process is meant to write to. A denial changes nothing, so it is answered at once and on record with the
 * next `flush`.
 */
@Injectable()
export class DenialLog {
  /** A process that begins again counts its pieces from the first. */
  private readonly run = randomUUID();
  private pieces = 0;
  private readonly stream: string;
  private lines = new Map<string, Line>();
  private minute = 0;
  /** The oldest first: each is the same event however often it is tried. */
  private readonly waiting: ProposedEvent[] = [];
  /** Unknown before the first append, which is told. */
  private revision = noStream;
  private storing: Promise<void> | undefined;

  constructor(
    private readonly log: EventLog,
    { name }: WriterId,
  ) {
    this.stream = `denials-${name}`;
  }

  /** Whether anything is noted that is not stored. */
  get isPending(): boolean {
    return this.lines.size > 0 || this.waiting.length > 0;
  }

  /**
   * Resolves when it is noted: at once, unless the log is far behind.
   *
   * @throws LogFailure when there is no room and the log does not answer: it is not noted
   * @throws ConcurrencyConflict when there is no room and somebody else keeps writing to this stream: it is not noted
   */
  async note(
    caller: string,
    groupId: string,
    {
      reasons,
      nowMs,
      position,
    }: { readonly reasons: readonly DenialReason[]; readonly nowMs: number; readonly position: number },
  ): Promise<void> {
    const minute = Math.floor(nowMs / millisecondsInMinute);
    while (this.isApart(minute)) {
      const flushed = this.flush(nowMs);
      if (this.isApart(minute)) await flushed;
      // What could not be stored now waits for the next flush.
      else flushed.catch(() => undefined);
    }
    this.minute = minute;
    for (const { code } of reasons) {
      const key = JSON.stringify([caller, groupId, code]);
      const { count, firstPosition } = this.lines.get(key) ?? { count: 0, firstPosition: position };
      this.lines.set(key, { caller, groupId, code, count: count + 1, firstPosition, lastPosition: position });
    }
  }

  /**
   * Stores what has come together, behind what waits. Resolves when it is durable, or is known to be lost with the log.
   * Rejects when that may pass: it is kept, and stored by a later flush.
   */
  flush(nowMs: number): Promise<void> {
    if (this.lines.size > 0 && this.waiting.length < piecesAtHand) this.waiting.push(this.nextPiece(nowMs));
    if (this.waiting.length === 0) return Promise.resolve();
    this.storing ??= this.storeWaiting();
    return this.storing;
  }

  /** Whether what comes in this minute cannot be added to what has come together. */
  private isApart(minute: number): boolean {
    return this.lines.size >= linesPerPiece || (this.lines.size > 0 && minute !== this.minute);
  }

  private nextPiece(nowMs: number): ProposedEvent {
    const data = { minuteMs: this.minute * millisecondsInMinute, denials: [...this.lines.values()] };
    this.lines = new Map();
    const commandId = `denials:${this.run}:${String(this.pieces++)}`;
    const meta = { commandId, now: formatInstant(nowMs), actor: 'system:admission', reason: '' };
    return proposeEvent(commandId, 0, { type: 'FanOutsDenied', data }, meta);
  }

  private async storeWaiting(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        await this.store(this.waiting[0]);
        this.waiting.shift();
      }
    } catch (error) {
      if (!(error instanceof LogFailure) || isTransient(error)) throw error;
      // The log says by itself that it has failed; denials are no reason to go on about it.
      this.waiting.length = 0;
    } finally {
      this.storing = undefined;
    }
  }

  // After no answer the same event is tried at the same revision: if it was stored, that is the answer.
  private async store(event: ProposedEvent): Promise<void> {
    await retryOnConflict(this.stream, async () => {
      const append = { stream: this.stream, expectedRevision: this.revision, events: [event] };
      const outcome = await this.log.append(append);
      this.revision = outcome.code === 'stored' ? outcome.revision : outcome.actualRevision;
      return outcome.code === 'stored' ? outcome : undefined;
    });
  }
}
