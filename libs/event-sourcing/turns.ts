import { setImmediate as nextTurn } from 'node:timers/promises';

/** Resolves in the next turn of the event loop: whoever reads a lot gives way after each piece. */
export { setImmediate as nextTurn } from 'node:timers/promises';

/** How long a piece of work may hold the event loop while somebody waits for an answer: a decision waits beside it. */
const quickMs = 0.5;
/** While nobody asks anything nobody is kept waiting, and fewer turns for the same work are cheaper. */
const steadyMs = 4;
/** Who has asked lately will ask again. */
const rememberedMs = 1_000;

const waiting: (() => void)[] = [];
let turnEndsMs: number | undefined;
let askedAtMs = -Infinity;

/** Somebody waits for an answer that takes little work. */
export const keepTurnsShort = (): void => {
  askedAtMs = performance.now();
};

const turnMs = (): number => (performance.now() - askedAtMs < rememberedMs ? quickMs : steadyMs);

/**
 * Resolves when work that has just come in may begin, in the order of the calls: in one turn of the event loop as much
 * begins as fits, the rest in the next one. There is one event loop, so there is one queue.
 */
export const inTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    setImmediate(begin);
  });

const reading: (() => void)[] = [];

/**
 * Fair queueing: resolves when the next piece of an answer that takes long may be worked out, in the order of the calls,
 * one in each turn of the event loop: however many ask for such answers, they hold up the others by one piece.
 */
const inReadingTurn = (): Promise<void> =>
  new Promise((resolve) => {
    reading.push(resolve);
    if (reading.length === 1) setImmediate(readOn);
  });

const readOn = (): void => {
  const [next] = reading;
  next();
  reading.shift();
  if (reading.length > 0) setImmediate(readOn);
};

/**
 * Cooperative scheduling: work that is under way, a piece in each turn. It does not queue behind what has not begun.
 */
export class TimeSlice {
  private pieceEndsMs: number;

  /**
   * @param turn resolves when the next piece may begin
   * @param isQueue whether others wait already, so that the first piece waits, too
   */
  constructor(
    private readonly turn: () => Promise<unknown> = nextTurn,
    isQueue = false,
  ) {
    this.pieceEndsMs = isQueue ? -Infinity : performance.now() + turnMs();
  }

  /** For an answer whose work grows with what was ever stored: all such answers share the turns. */
  static ofReading(): TimeSlice {
    return new TimeSlice(inReadingTurn, reading.length > 0);
  }

  /** Whether it is time to let others run. */
  isDue(): boolean {
    return performance.now() >= this.pieceEndsMs;
  }

  /** Lets others run if it is time to. */
  async pause(): Promise<void> {
    if (this.isDue()) await this.giveWay();
  }

  /** Lets others run, and begins the next piece. */
  async giveWay(): Promise<void> {
    await this.turn();
    this.pieceEndsMs = performance.now() + turnMs();
  }
}

// As many are called as wait. All that Node calls in one turn were asked for before it, so what is asked for here comes
// in the next one, the first of it first.
const begin = (): void => {
  if (turnEndsMs === undefined) {
    turnEndsMs = performance.now() + turnMs();
    setImmediate(() => {
      turnEndsMs = undefined;
    });
  } else if (performance.now() >= turnEndsMs) {
    setImmediate(begin);
    return;
  }
  waiting.shift()?.();
};
