import { Injectable } from '@nestjs/common';
import { millisecondsInHour } from 'date-fns/constants';
import { Clock } from '../ports/clock.js';
import type { FeedBatch } from '../feed/feed.js';
import { EventMoves, hasMoved, type Moves, noMoves } from './moves.js';
import type { Saga } from './saga.js';
import { type SagaCounts, SagaLoop } from './saga-loop.js';

/**
 * Wakes sagas: with the groups that a batch of the feed has moved, with everything at the start and every full hour,
 * and with the time alone on every tick. Each saga goes at its own pace.
 */
@Injectable()
export class SagaRunner {
  private readonly loops: SagaLoop[] = [];
  private lastHour = -1;

  constructor(
    private readonly clock: Clock,
    private readonly moves: EventMoves,
  ) {}

  /** @param throttleMs how long the saga rests between looks, so that what moves again and again is looked at once */
  register(saga: Saga, throttleMs = 0): void {
    this.loops.push(new SagaLoop(saga, this.clock, throttleMs));
  }

  /** Once the views have caught up with the log. */
  start(): void {
    this.lastHour = this.hour();
    for (const loop of this.loops) loop.start();
  }

  /** Time has passed. */
  tick(): void {
    const hour = this.hour();
    this.wake({ ...noMoves(), everything: hour !== this.lastHour });
    this.lastHour = hour;
  }

  /** The feed has folded a batch. */
  folded({ events }: Pick<FeedBatch, 'events'>): void {
    const moves = noMoves();
    const withUsers = this.loops.some((loop) => loop.collectsUsers());
    for (const event of events) this.moves.note(moves, event, withUsers);
    if (hasMoved(moves)) this.wake(moves);
  }

  /** Per saga, how many steps were taken and how many of them failed. */
  counted(): ReadonlyMap<string, SagaCounts> {
    return new Map(this.loops.map((loop) => [loop.saga.name, loop.counted()]));
  }

  /** Resolves when nothing is due any more. */
  async settled(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.settled()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  private wake(moves: Moves): void {
    for (const loop of this.loops) loop.wake(moves);
  }

  private hour(): number {
    return Math.floor(this.clock.now() / millisecondsInHour);
  }
}
