import { z } from 'zod';
import { View } from '#event-sourcing/view.js';
import { noStream, type StoredEvent } from '#event-sourcing/ports/event-log.js';

const savedRevisions = z.array(z.tuple([z.string(), z.int()]));

/** How far each metering stream has come: its writer goes on from there. */
export class MeteringStreamsView extends View {
  readonly name = 'meteringRevisions';
  readonly handles = ['RecordsMetered', 'TaskFinished'];
  readonly #revisions = new Map<string, number>();

  apply({ stream, revision }: StoredEvent): void {
    this.#revisions.set(stream, revision);
  }

  /** Revision of the last event of the stream, `noStream` if it has none. */
  revision = (stream: string): number => this.#revisions.get(stream) ?? noStream;

  save = (): object => [...this.#revisions];
  load(saved: object): void {
    for (const [stream, revision] of savedRevisions.parse(saved)) this.#revisions.set(stream, revision);
  }
}
