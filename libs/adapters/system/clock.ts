import { Clock } from '#ports/clock.js';

/** The machine's clock: the one place that reads it. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}
