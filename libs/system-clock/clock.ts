import { uptime } from 'node:os';
import { formatInstant } from '#kernel/instants.js';
import { type ClockAlarm, type ClockReading, WatchedClock } from '#event-sourcing/ports/clock.js';
import {
  comparedWithLog,
  confirmed,
  hasLeftLog,
  looked,
  type ClockSample,
  startedAt,
  type TrustedTime,
  trustedMs,
} from './trusted-time.js';

/** What a machine can be asked. Only tests give another one. */
export interface Machine {
  /** The wall clock, milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Elapsed time that need not count suspend. */
  readonly monotonicMs: () => number;
  /** Time since the machine was started, with suspend; it may be coarse. */
  readonly uptimeMs: () => number;
}

const thisMachine: Machine = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  uptimeMs: () => uptime() * 1_000,
};

/** Uptime is coarse, and asking for it is not free: less than this is no suspend, and no reason to look. */
const closeMs = 1_000;
const anchorLastsMs = 3_600_000;

/**
 * Clock discipline: the machine's clock, believed as `trusted-time.ts` says: the one place that reads it. Elapsed time
 * is monotonic time, plus what uptime has gone ahead of it by, which is time in suspend.
 */
export class SystemClock extends WatchedClock {
  private state: TrustedTime;
  private suspendedMs = 0;
  /** By which uptime was ahead of monotonic time at the start. */
  private readonly uptimeAheadMs: number;
  private log: { readonly atMs: number; readonly elapsedMs: number } | undefined;

  constructor(private readonly machine = thisMachine) {
    super();
    this.uptimeAheadMs = machine.uptimeMs() - machine.monotonicMs();
    this.state = startedAt(this.look());
  }

  now(): number {
    const { doubt, offsetMs, anchoredAtMs } = this.state;
    const wallMs = this.machine.wallMs();
    const elapsedMs = this.machine.monotonicMs() + this.suspendedMs;
    // Nearly always, and asked for all the time.
    const isClose = Math.abs(wallMs - elapsedMs - offsetMs) < closeMs;
    if (doubt === undefined && isClose && elapsedMs - anchoredAtMs < anchorLastsMs) return wallMs;
    return this.read().trustedMs;
  }

  read(): ClockReading {
    const reading = this.look();
    const before = trustedMs(this.state, reading);
    this.state = looked(this.state, reading);
    if (hasLeftLog(before, trustedMs(this.state, reading), reading)) this.believe(reading);
    const ms = trustedMs(this.state, reading);
    // The wall clock has whole milliseconds, elapsed time has parts of them.
    return { wallMs: reading.wallMs, trustedMs: Math.round(ms), alarm: this.alarm(reading, ms) };
  }

  confirm(): void {
    const reading = this.look();
    this.state = confirmed(this.state, reading);
    this.believe(reading);
  }

  /** From here on events carry this time: to go back to that of the log before is to jump. */
  private believe({ wallMs, elapsedMs }: ClockSample): void {
    this.log = { atMs: wallMs, elapsedMs };
  }

  sawEvent(recordedAtMs: number): void {
    const reading = this.look();
    if (reading.logMs !== undefined && recordedAtMs <= reading.logMs) return;
    this.log = { atMs: recordedAtMs, elapsedMs: reading.elapsedMs };
    if (reading.logMs === undefined) this.state = comparedWithLog(this.state, { ...reading, logMs: recordedAtMs });
  }

  private look(): ClockSample {
    const wallMs = this.machine.wallMs();
    const monotonicMs = this.machine.monotonicMs();
    const aheadMs = this.machine.uptimeMs() - monotonicMs - this.uptimeAheadMs;
    if (aheadMs - this.suspendedMs > closeMs) this.suspendedMs = aheadMs;
    const elapsedMs = monotonicMs + this.suspendedMs;
    return { wallMs, elapsedMs, logMs: this.log && this.log.atMs + elapsedMs - this.log.elapsedMs };
  }

  private alarm({ wallMs, logMs }: ClockSample, nowMs: number): ClockAlarm | undefined {
    const { doubt, offsetMs } = this.state;
    if (doubt === undefined) return undefined;
    const detail = details[doubt.kind](
      formatInstant(wallMs),
      formatInstant(Math.round(doubt.kind === 'jumped' ? nowMs : (logMs ?? nowMs))),
    );
    return { kind: doubt.kind, sinceMs: Math.round(doubt.sinceMs + offsetMs), detail: `${detail} ${whatToDo}` };
  }
}

const whatToDo =
  'See to the time server of this machine. If its clock is right, an owner says so with POST /api/v1/clock/confirm; otherwise it is believed when it has stayed so for an hour.';

const details: Readonly<Record<ClockAlarm['kind'], (wall: string, other: string) => string>> = {
  jumped: (wall, trusted) =>
    `The clock of this machine has jumped to ${wall}; by the time that has passed it is ${trusted}, and that is what counts.`,
  startedBeforeLog: (wall, log) =>
    `The clock of this machine says ${wall}, which is before the last event of the log: it must be ${log} or later.`,
  startedLongAfterLog: (wall, log) =>
    `The clock of this machine says ${wall}, and the last event of the log is of more than 31 days before (${log} at the earliest): a long rest, or a clock that is wrong.`,
};
