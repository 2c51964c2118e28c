import { Problem } from './problem.js';

/** How much of bodies is under way at most, in bytes. */
export interface BodyBounds {
  readonly inAll: number;
  /** What bulk routes have of it: a command or a decision finds room beside them. */
  readonly bulk: number;
  readonly perKey: number;
}

const mebibyte = 1024 * 1024;

/**
 * A key may have two of the largest bodies under way. Three keys can take all the room of metering, and leave a quarter for
 * all else: 256 of the largest commands.
 */
const usualBounds: BodyBounds = {
  inAll: 64 * mebibyte,
  bulk: 48 * mebibyte,
  perKey: 16 * mebibyte,
};

/** A body from the headers of its request to its hand-over, and how much of it is counted. */
export interface BodyUnderWay {
  readonly bytes: number;
  /**
   * Counts it as so much, if it was less.
   *
   * @throws Problem 429 when its key, 503 when all of them have too much under way
   */
  reach(bytes: number): void;
  /** It is handed over, refused or lost. */
  end(): void;
}

interface Counted {
  readonly keyId: string;
  readonly isBulk: boolean;
  bytes: number;
}

/** Counts the bytes of the bodies that are being read, inflated or waiting to be parsed, as they are announced or more. */
export class BodiesUnderWay {
  private readonly open = new Set<Counted>();
  private readonly ofKeys = new Map<string, number>();
  private inAll = 0;

  constructor(private readonly bounds = usualBounds) {}

  /** All of them. */
  get bytes(): number {
    return this.inAll;
  }

  /** @param isBulk for a route that takes in many things at once */
  begin(keyId: string, isBulk: boolean): BodyUnderWay {
    const body: Counted = { keyId, isBulk, bytes: 0 };
    this.open.add(body);
    return {
      get bytes() {
        return body.bytes;
      },
      reach: (bytes) => {
        if (bytes > body.bytes) this.add(body, bytes - body.bytes);
      },
      end: () => {
        if (this.open.delete(body)) this.count(body, -body.bytes);
      },
    };
  }

  private add(body: Counted, bytes: number): void {
    const { inAll, bulk, perKey } = this.bounds;
    if ((this.ofKeys.get(body.keyId) ?? 0) + bytes > perKey) throw keyHasTooMuch;
    if (this.inAll + bytes > (body.isBulk ? bulk : inAll)) throw allHaveTooMuch;
    this.count(body, bytes);
  }

  private count(body: Counted, bytes: number): void {
    body.bytes += bytes;
    this.inAll += bytes;
    const ofKey = (this.ofKeys.get(body.keyId) ?? 0) + bytes;
    if (ofKey === 0) this.ofKeys.delete(body.keyId);
    else this.ofKeys.set(body.keyId, ofKey);
  }
}

const soon = { retryAfterSeconds: 1 };
const keyHasTooMuch = new Problem(
  429,
  'overloaded',
  'Too much is being sent with your key at once; send the same again when some of it is answered.',
  soon,
);
const allHaveTooMuch = new Problem(503, 'overloaded', 'Too much is being sent at once; send the same again.', soon);
