/** The only source of `now`. The domain never sees it: it gets instants as arguments. */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract now(): number;
}
