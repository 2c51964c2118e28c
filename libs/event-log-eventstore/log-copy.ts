import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import type { GroupCommit } from '#event-sourcing/record-log/group-commit.js';
import { decodeRecord, encodeRecord } from '#event-sourcing/record-log/log-records.js';
import type { LogRecord, RecordStore } from '#event-sourcing/record-log/record-store.js';
import { StreamHeads } from '#event-sourcing/record-log/stream-heads.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { decodeEvent } from '#event-sourcing/ports/propose-event.js';
import { eventsOf } from './append-parts.js';
import { damaged, placeInStore } from './damaged.js';
import type { Namespace } from './namespace.js';
import type { StoredAppend } from './stored-form.js';
import type { EventStoreClient } from './vendor-internals.js';

/** Events that wait for the copy's next write, at most. */
const waitingEvents = 512;

/**
 * Log replica: takes our events as they stand in `$all` into the copy, each once. An event's position is its number
 * there, so every process counts the same; a gap in a stream would mean that events are gone and that nothing after
 * them can be trusted.
 */
export class LogCopy {
  private readonly heads: StreamHeads;
  private position: number;

  constructor(
    private readonly store: RecordStore,
    private readonly commits: GroupCommit<LogRecord>,
    private readonly names: Namespace,
    private readonly readMs: number,
  ) {
    this.heads = new StreamHeads(store);
    this.position = store.head();
  }

  /** Takes the events of the next append; those that were taken before are passed over. Rejects with `LogFailure` `damaged`. */
  async take(event: AllStreamRecordedEvent, append: StoredAppend, client: EventStoreClient): Promise<void> {
    const stream = this.names.nameOf(event.streamId);
    if (append.first > this.heads.of(stream) + 1) {
      throw damaged(`events before ${placeInStore(event)} are gone, or the stream was deleted`);
    }
    const events = await eventsOf(event, append, { client, names: this.names, readMs: this.readMs });
    if (events?.length !== append.last - append.first + 1) {
      throw damaged(`${placeInStore(event)} is not what was stored`);
    }
    const recordedAtMs = append.recordedAtMs ?? event.created.getTime();
    events.forEach(({ id, bytes }, place) => {
      const revision = append.first + place;
      if (revision <= this.heads.of(stream)) this.requireSame(stream, revision, id);
      else this.add({ stream, revision, id, recordedAtMs }, bytes);
    });
    if (this.commits.upcoming.length >= waitingEvents) await this.commits.idle();
  }

  /** Keeps memory bounded, after a write. */
  forgetWritten(): void {
    this.heads.forgetAllBut(this.commits.upcoming.map(({ event }) => event.stream));
  }

  private add(place: Pick<StoredEvent, 'stream' | 'revision' | 'id' | 'recordedAtMs'>, bytes: Uint8Array): void {
    const stored = { position: ++this.position, ...place, ...decodeEvent(bytes) };
    this.heads.accept(place.stream, place.revision);
    this.commits.add({ event: stored, bytes: encodeRecord(stored, bytes) });
  }

  private requireSame(stream: string, revision: number, id: string): void {
    const position = this.store.positions(stream, revision, 1).at(0);
    // What was taken a moment ago and waits for its write is not there yet.
    const bytes = position === undefined ? undefined : this.store.get(position);
    if (position === undefined || bytes === undefined || decodeRecord(position, bytes).id === id) return;
    throw damaged(`"${stream}" at revision ${String(revision)} is another event than it was`);
  }
}
