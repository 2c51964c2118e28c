import type { AllStreamRecordedEvent } from '@eventstore/db-client';
import type { GroupCommit } from '#adapters/log/group-commit.js';
import { decodeRecord, encodeRecord } from '#adapters/log/log-records.js';
import type { LogRecord, RecordStore } from '#adapters/log/record-store.js';
import { StreamHeads } from '#adapters/log/stream-heads.js';
import { LogFailure } from '#ports/event-log.js';
import { decodeEvent } from '#ports/propose-event.js';
import type { EventStoreClient } from './client.js';
import type { Namespace } from './namespace.js';
import { isWhole, metadataOf, type StoredMetadata } from './stored-form.js';
import { readStream } from './stream-reads.js';

/** Events that wait for the copy's next write, at most. */
const waitingEvents = 512;

/**
 * Takes our events as they stand in `$all` into the copy, each once. An event's position is its number there, so every
 * process counts the same; a gap in a stream would mean that events are gone and that nothing after them can be trusted.
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

  /** Takes the next event; one that was taken before is passed over. Rejects with `LogFailure` `damaged`. */
  async take(event: AllStreamRecordedEvent, client: EventStoreClient): Promise<void> {
    const stream = this.names.nameOf(event.streamId);
    const revision = Number(event.revision);
    const head = this.heads.of(stream);
    if (revision <= head) {
      this.requireSame(stream, revision, event.id);
      return;
    }
    const at = `"${event.streamId}" at revision ${String(revision)}`;
    if (revision > head + 1) throw damaged(`events before ${at} are gone, or the stream was deleted`);
    const metadata = metadataOf(event.metadata);
    if (metadata === undefined) throw damaged(`${at} was not written by Bursar`);
    const bytes = await this.bytesOf(event, metadata, client);
    if (bytes === undefined || !isWhole(bytes, metadata)) throw damaged(`${at} is not what was stored`);
    const { created, id } = event;
    const recordedAtMs = metadata.recordedAtMs ?? created.getTime();
    const place = { position: ++this.position, stream, revision, id, recordedAtMs };
    const stored = { ...place, ...decodeEvent(bytes) };
    this.heads.accept(stream, revision);
    this.commits.add({ event: stored, bytes: encodeRecord(stored, bytes) });
    if (this.commits.upcoming.length >= waitingEvents) await this.commits.settled();
  }

  /** Keeps memory bounded, after a write. */
  forgetWritten(): void {
    this.heads.forgetAllBut(this.commits.upcoming.map(({ event }) => event.stream));
  }

  private async bytesOf(
    { id, isJson, data }: AllStreamRecordedEvent,
    { parts }: StoredMetadata,
    client: EventStoreClient,
  ): Promise<Uint8Array | undefined> {
    if (isJson || !(data instanceof Uint8Array)) return undefined;
    if (parts === undefined) return data;
    const pieces = await readStream(client, this.names.partsOf(id), 0, parts, this.readMs);
    return Buffer.concat(pieces.map((piece) => (piece.data instanceof Uint8Array ? piece.data : new Uint8Array())));
  }

  private requireSame(stream: string, revision: number, id: string): void {
    const position = this.store.positions(stream, revision, 1).at(0);
    // What was taken a moment ago and waits for its write is not there yet.
    const bytes = position === undefined ? undefined : this.store.get(position);
    if (position === undefined || bytes === undefined || decodeRecord(position, bytes).id === id) return;
    throw damaged(`"${stream}" at revision ${String(revision)} is another event than it was`);
  }
}

const damaged = (what: string): LogFailure =>
  new LogFailure(
    'damaged',
    `The log in the event store cannot be trusted: ${what}. Restore the event store from a backup.`,
  );
