import type { Clock } from '../ports/clock.js';
import type { Append, AppendOutcome } from '../ports/event-log.js';
import { encodeRecord } from './log-records.js';
import { RecordLog } from './record-log.js';
import type { RecordStore } from './record-store.js';
import { StreamHeads } from './stream-heads.js';

/**
 * An event log over a record store: one writer, group commit, live subscribers. An append gets its positions when it
 * is accepted and its outcome when it is durable; the heads it is checked against include what is on its way.
 */
export class StoredEventLog extends RecordLog {
  readonly isShared = false;
  private readonly heads: StreamHeads;
  private acceptedPosition: number;

  constructor(
    store: RecordStore,
    private readonly clock: Clock,
  ) {
    super(store);
    this.heads = new StreamHeads(store);
    this.acceptedPosition = store.head();
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    this.requireReady(appends);
    const outcomes = this.trusted(() => appends.map((append) => this.accept(append)));
    await this.commits.idle();
    return this.trusted(() => outcomes.map((outcome, index) => outcome ?? this.compareWithStored(appends[index])));
  }

  latest(): Promise<number> {
    return this.head();
  }

  /** Nothing is known here before it is. */
  async flushed(): Promise<void> {
    await this.commits.idle();
  }

  outOfReach(): undefined {
    return undefined;
  }

  protected written(): void {
    this.heads.forgetAllBut(this.commits.upcoming.map(({ event }) => event.stream));
  }

  protected settled(): Promise<void> {
    return this.commits.idle().catch(() => undefined);
  }

  /** The outcome that holds once the batch is durable, or undefined when it is for the stored events to say. */
  private accept(append: Append): AppendOutcome | undefined {
    if (this.heads.of(append.stream) !== append.expectedRevision) return undefined;
    const recordedAtMs = this.clock.now();
    let revision = append.expectedRevision;
    for (const { id, type, data, meta, bytes } of append.events) {
      const position = ++this.acceptedPosition;
      const event = { position, stream: append.stream, revision: ++revision, id, type, data, meta, recordedAtMs };
      this.commits.add({ event, bytes: encodeRecord(event, bytes) });
    }
    this.heads.accept(append.stream, revision);
    return { code: 'stored', revision, position: this.acceptedPosition, repeated: false };
  }
}
