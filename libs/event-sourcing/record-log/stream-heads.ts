import type { RecordStore } from './record-store.js';

const rememberedStreams = 20_000;

/** The last revision of each stream, counting what was accepted and is not stored yet. */
export class StreamHeads {
  private accepted = new Map<string, number>();

  constructor(private readonly store: Pick<RecordStore, 'streamHead'>) {}

  /** Revision of the stream's last event, or `noStream`. */
  of(stream: string): number {
    const known = this.accepted.get(stream);
    if (known !== undefined) return known;
    const stored = this.store.streamHead(stream);
    this.accepted.set(stream, stored);
    return stored;
  }

  accept(stream: string, revision: number): void {
    this.accepted.set(stream, revision);
  }

  /** Keeps memory bounded: everything but the named streams, whose events are on their way, is in the store. */
  forgetAllBut(streams: Iterable<string>): void {
    if (this.accepted.size <= rememberedStreams) return;
    const kept = new Map<string, number>();
    for (const stream of streams) kept.set(stream, this.of(stream));
    this.accepted = kept;
  }
}
