/** The only source of `now`. The domain never sees it: it gets instants as arguments. */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract now(): number;
}

/** Why somebody has to look at the clock, in a sentence for the operator, and since when in trusted time. */
export interface ClockAlarm {
  readonly kind: 'jumped' | 'startedBeforeLog' | 'startedLongAfterLog';
  readonly sinceMs: number;
  readonly detail: string;
}

export interface ClockReading {
  /** What the machine's clock says. */
  readonly wallMs: number;
  /** What `now` says. */
  readonly trustedMs: number;
  readonly alarm: ClockAlarm | undefined;
}

/** A clock that does not believe the machine's when that jumps. */
export abstract class WatchedClock extends Clock {
  abstract read(): ClockReading;

  /** Somebody who may says that the machine's clock is right. */
  abstract confirm(): void;

  /**
   * Tells of the time of an event that was not timed by this clock. The first one says whether a start fits to its log.
   * Times that are no news are passed over.
   */
  abstract sawEvent(recordedAtMs: number): void;
}
