/** An event as the stand-in holds it. */
export interface StandInEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly createdMs: number;
  readonly proposal: Proposal;
}

/** An event as it is offered. */
export interface Proposal {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export type StandInOutcome =
  | { readonly code: 'stored'; readonly revision: number; readonly position: bigint }
  | { readonly code: 'wrongExpectedRevision'; readonly actual: number }
  | { readonly code: 'tooLarge'; readonly limit: number };

const noStream = -1;

/** Positions are places in a file there: far apart, and here from the start too large for a number. */
const firstPosition = 2n ** 60n;

/**
 * What a stand-in remembers, with the rules of an event store for appends at an exact revision: it takes what follows on
 * the last event, without a look at ids; it takes a repeat for what it is when every id stands where it would have
 * been stored; it refuses anything else.
 */
export class StandInStore {
  /** What an append may weigh: by default as on servers up to 25.0. */
  appendBytes = 1 << 20;
  /** How far its clock is ahead of that of this machine. */
  clockAheadMs = 0;
  private readonly all: StandInEvent[] = [];
  private readonly streams = new Map<string, StandInEvent[]>();
  private readonly watchers = new Set<() => void>();
  private position = firstPosition;

  append(stream: string, expected: number, proposals: readonly Proposal[]): StandInOutcome {
    const bytes = proposals.reduce(
      (sum, { data, metadata, type }) => sum + data.length + metadata.length + type.length,
      0,
    );
    if (bytes > this.appendBytes) return { code: 'tooLarge', limit: this.appendBytes };
    const events = this.read(stream);
    const actual = events.length + noStream;
    if (expected === actual) return this.store(stream, proposals);
    const inPlace = events.slice(expected + 1, expected + 1 + proposals.length);
    const isRepeat =
      expected < actual &&
      inPlace.length === proposals.length &&
      inPlace.every(({ proposal }, index) => proposal.id === proposals[index].id);
    if (!isRepeat) return { code: 'wrongExpectedRevision', actual };
    const last = inPlace[inPlace.length - 1];
    return { code: 'stored', revision: last.revision, position: last.position };
  }

  /** Events of a stream, none if it is not there. */
  read(stream: string): readonly StandInEvent[] {
    return this.streams.get(stream) ?? [];
  }

  /** Events behind a position of `$all`. */
  after(position: bigint): readonly StandInEvent[] {
    let first = this.all.length;
    while (first > 0 && this.all[first - 1].position > position) first--;
    return this.all.slice(first);
  }

  /** The last events before a position of `$all`, or before its end, the latest first. */
  before(position: bigint | undefined, limit: number): readonly StandInEvent[] {
    const events: StandInEvent[] = [];
    for (let index = this.all.length - 1; index >= 0 && events.length < limit; index--) {
      if (position === undefined || this.all[index].position < position) events.push(this.all[index]);
    }
    return events;
  }

  /** Takes the first events of a stream away, as an operator can. */
  truncate(stream: string, before: number): void {
    const kept = this.read(stream).filter(({ revision }) => revision >= before);
    this.streams.set(stream, kept);
    const removed = (event: StandInEvent): boolean => event.stream === stream && event.revision < before;
    this.all.splice(0, this.all.length, ...this.all.filter((event) => !removed(event)));
  }

  /** Forgets all but the first events, positions included, as after a restore from an older backup. */
  restore(kept: number): void {
    this.all.splice(kept);
    this.position = this.all.at(-1)?.position ?? firstPosition;
    for (const [stream, events] of this.streams) {
      this.streams.set(
        stream,
        events.filter(({ position }) => position <= this.position),
      );
    }
  }

  /** Calls back after every append, until the returned function is called. */
  watch(appended: () => void): () => void {
    this.watchers.add(appended);
    return () => this.watchers.delete(appended);
  }

  private store(stream: string, proposals: readonly Proposal[]): StandInOutcome {
    const events = this.streams.get(stream) ?? [];
    this.streams.set(stream, events);
    for (const proposal of proposals) {
      this.position += BigInt(proposal.data.length + proposal.metadata.length + 100);
      const place = {
        stream,
        revision: events.length,
        position: this.position,
        createdMs: Date.now() + this.clockAheadMs,
      };
      const event = { ...place, proposal };
      events.push(event);
      this.all.push(event);
    }
    for (const appended of this.watchers) appended();
    return { code: 'stored', revision: events.length - 1, position: this.position };
  }
}
