import { z } from 'zod';
import type { Charge, CorrectedRow, MeteredColumns } from '#metering/domain/metering.events.js';
import { chargeCorrectionTypes, isChargeCorrection, isRecordsMetered } from '#metering/domain/metering.events.js';
import { uncountedRows } from '#metering/domain/metering.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

const largeRecord = z.strictObject({
  source: z.string(),
  id: z.string(),
  groupId: z.string(),
  userId: z.string(),
  costMicros: z.int(),
  occurredAtMs: z.int(),
});
/** A record that counts and costs so much that a sum may be beyond 2^53 - 1 because of it. */
export type LargeRecord = Readonly<z.infer<typeof largeRecord>>;

/** Of smaller ones it takes 9,000 to pass 2^53 - 1: taking one back would not help. */
const leastMicros = 10 ** 12;
const mostKept = 10_000;

/**
 * The records without which a sum would not be beyond what an amount can be: who is told of such a sum is told which
 * record to look at. Most logs hold none. Memory is bounded: of too many the smallest are forgotten.
 */
export class LargeRecordsView extends View {
  readonly name = 'largeRecords';
  readonly handles = ['RecordsMetered', ...chargeCorrectionTypes];
  readonly #records = new Map<string, LargeRecord>();

  constructor(private readonly kept = mostKept) {
    super();
  }

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.addMetered(event.data, at.get(uncountedRows));
    else if (isChargeCorrection(event)) this.addCorrections(event.data.rows);
  }

  /** @param uncounted rows that are duplicates or conflicts */
  addMetered(columns: MeteredColumns, uncounted: readonly number[] | undefined): void {
    const { costMicros, words, source, id, groupId, userId, occurredAtMs, count } = columns;
    for (let row = 0; row < count; row++) {
      if (costMicros[row] < leastMicros || uncounted?.includes(row) === true) continue;
      this.#keep({
        source: words[source[row]],
        id: id[row],
        groupId: words[groupId[row]],
        userId: words[userId[row]],
        costMicros: costMicros[row],
        occurredAtMs: occurredAtMs[row],
      });
    }
  }

  addCorrections(rows: readonly CorrectedRow[]): void {
    for (const row of rows) {
      this.#records.delete(keyOf(row));
      if (row.after !== null && row.after.costMicros >= leastMicros) this.#keep(charged(row, row.after));
    }
  }

  /** The largest of those that are meant; of equal ones always the same. */
  largest(isMeant: (record: LargeRecord) => boolean): LargeRecord | undefined {
    let largest: LargeRecord | undefined;
    for (const record of this.#records.values()) {
      if (isMeant(record) && (largest === undefined || byCost(record, largest) < 0)) largest = record;
    }
    return largest;
  }

  /** JSON-native, for a snapshot. */
  save = (): object => [...this.#records.values()];

  /** Takes over what `save` gave. Throws when it is something else. */
  load(saved: object): void {
    for (const record of z.array(largeRecord).parse(saved)) this.#keep(record);
  }

  #keep(record: LargeRecord): void {
    this.#records.set(keyOf(record), record);
    if (this.#records.size < 2 * this.kept) return;
    const smallest = [...this.#records].sort(([, one], [, other]) => byCost(one, other)).slice(this.kept);
    for (const [key] of smallest) this.#records.delete(key);
  }
}

const keyOf = ({ source, id }: { readonly source: string; readonly id: string }): string =>
  JSON.stringify([source, id]);

const charged = ({ source, id, userId, occurredAtMs }: CorrectedRow, { groupId, costMicros }: Charge): LargeRecord => ({
  ...{ source, id, groupId, userId, costMicros, occurredAtMs },
});

const byCost = (one: LargeRecord, other: LargeRecord): number =>
  other.costMicros - one.costMicros || (keyOf(one) < keyOf(other) ? -1 : 1);
