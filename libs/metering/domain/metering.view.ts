import { z } from 'zod';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { contentHashes } from './content-hash.js';
import { identityKey, identityKeys, keySeeds } from './identity.js';
import {
  chargeCorrectionTypes,
  isChargeCorrection,
  isRecordsMetered,
  isTaskFinished,
  rowsPerEvent,
} from './metering.events.js';
import type { CorrectedRow, MeteredColumns } from './metering.events.js';
import { rowOutcome, taskHashes, type UncountedRow, uncountedRows } from './metering.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { indexChildren, indexTasks } from './tasks.locations.js';
import { indexNewOwners } from './task-owners.locations.js';

const savedOutcomes = z.strictObject({
  uncountedAt: z.array(
    z.tuple([z.int(), z.array(z.strictObject({ row: z.int(), outcome: z.union([z.literal(1), z.literal(2)]) }))]),
  ),
});

const everyRowCounts: readonly UncountedRow[] = [];

/**
 * Idempotent receiver: decides identity: the first place of (source, id) in the log counts, whatever stands later is a
 * duplicate or a conflict. It also keeps where tasks, children and corrections stand. It owns scratch arrays and writes
 * to the place index; views that come after it learn from it which rows count.
 */
export class MeteringView extends View {
  readonly name = 'metering';
  readonly handles = ['RecordsMetered', 'TaskFinished', ...chargeCorrectionTypes];
  readonly #keys = new Uint32Array(rowsPerEvent * fingerprintWords);
  readonly #tags = new Uint32Array(rowsPerEvent);
  readonly #key = new Uint32Array(fingerprintWords);
  readonly #place = { position: 0, row: 0, tag: 0 };
  readonly #uncountedAt = new Map<number, readonly UncountedRow[]>();
  #taskHashes = new Uint32Array(0);

  constructor(private readonly index: LocationIndex) {
    super();
  }

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.#applyMetered(event.position, event.data, at);
    else if (isTaskFinished(event)) {
      fingerprint(event.data.taskId, keySeeds.finish, this.#key, 0);
      this.#addPlace(this.#key, 0, event.position, 0, 0);
    } else if (isChargeCorrection(event)) {
      this.#applyCorrected(event.position, event.data.rows);
    }
  }

  /** Rows of the event at the position that do not count. */
  uncountedAt = (position: number): readonly UncountedRow[] => this.#uncountedAt.get(position) ?? everyRowCounts;

  save(): object {
    return { uncountedAt: [...this.#uncountedAt] };
  }
  load(saved: object): void {
    for (const [position, rows] of savedOutcomes.parse(saved).uncountedAt) this.#uncountedAt.set(position, rows);
  }

  #applyMetered(position: number, columns: MeteredColumns, at: FoldContext): void {
    const uncounted = this.#decideIdentities(position, columns);
    if (uncounted.length > 0) this.#uncountedAt.set(position, uncounted);
    if (this.#taskHashes.length < columns.words.length) this.#taskHashes = new Uint32Array(2 * columns.words.length);
    indexTasks(this.index, position, columns, uncounted, this.#taskHashes);
    indexChildren(this.index, position, columns, uncounted);
    at.put(uncountedRows, uncounted.length === 0 ? undefined : uncounted.map(({ row }) => row));
    at.put(taskHashes, this.#taskHashes);
  }

  #decideIdentities(position: number, columns: MeteredColumns): readonly UncountedRow[] {
    const [keys, tags] = [this.#keys, this.#tags];
    identityKeys(columns, keys);
    contentHashes(columns, tags);
    let uncounted: UncountedRow[] | undefined;
    for (let row = 0; row < columns.count; row++) {
      const at = row * fingerprintWords;
      const first = this.index.first(keys, at);
      if (first === undefined) this.#addPlace(keys, at, position, row, tags[row]);
      else if (first.position !== position || first.row !== row) {
        (uncounted ??= []).push({ row, outcome: first.tag === tags[row] ? rowOutcome.duplicate : rowOutcome.conflict });
      }
    }
    return uncounted ?? everyRowCounts;
  }

  #applyCorrected(position: number, rows: readonly CorrectedRow[]): void {
    rows.forEach((row, place) => {
      identityKey(keySeeds.correction, row.source, row.id, this.#key, 0);
      this.#addPlace(this.#key, 0, position, place, 0);
    });
    indexNewOwners(this.index, position, rows);
  }

  #addPlace(words: Uint32Array, at: number, position: number, row: number, tag: number): void {
    const place = this.#place;
    place.position = position;
    place.row = row;
    place.tag = tag;
    this.index.add(words, at, place);
  }
}
