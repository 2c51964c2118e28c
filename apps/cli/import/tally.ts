import { parseInstant } from '#kernel/instants.js';
import type { ReadyRow } from './batches.js';
import type { RowFault } from './read-rows.js';
import { isPlainObject } from './record-fields.js';
import type { BatchAnswer } from './send-batch.js';

/** A row that was not taken, and why. */
export interface RefusedRow extends RowFault {
  readonly row: number;
  readonly id: string | null;
}

/** Rows that were refused for one reason; the first few as examples. */
export interface RefusedKind {
  count: number;
  readonly examples: RefusedRow[];
}

/** Exact sums over rows that were taken: accepted, or duplicates of what was accepted before. */
interface TakenSums {
  inputTokens: bigint;
  outputTokens: bigint;
  costMicros: bigint;
  firstMs: number;
  lastMs: number;
}

const maxExamples = 3;

/** Counts what happens to the rows of one import. */
export type Tally = ReturnType<typeof createTally>;

/** @param onRefused is told every refused row, in the order of the answers */
export const createTally = (fromRow: number, onRefused: (refused: RefusedRow) => void) => {
  const counts = { read: 0, accepted: 0, duplicates: 0, refused: 0 };
  const refusedKinds = new Map<string, RefusedKind>();
  const sums: TakenSums = { inputTokens: 0n, outputTokens: 0n, costMicros: 0n, firstMs: Infinity, lastMs: -Infinity };
  const underWay = new Set<number>();
  let afterLastBatch = fromRow;

  const refuse = (refused: RefusedRow): void => {
    const kind = refusedKinds.get(refused.code) ?? { count: 0, examples: [] };
    refusedKinds.set(refused.code, kind);
    counts.refused++;
    kind.count++;
    if (kind.examples.length < maxExamples) kind.examples.push(refused);
    onRefused(refused);
  };

  return {
    counts: counts as Readonly<typeof counts>,
    refusedKinds: refusedKinds as ReadonlyMap<string, RefusedKind>,
    sums: sums as Readonly<TakenSums>,

    read: (row: number, fault: RowFault | undefined): void => {
      counts.read++;
      if (fault !== undefined) refuse({ row, id: null, ...fault });
    },

    begun: (batch: readonly ReadyRow[]): void => {
      underWay.add(batch[0].row);
      afterLastBatch = batch[batch.length - 1].row + 1;
    },

    answered: (batch: readonly ReadyRow[], { accepted, duplicates, rejected }: BatchAnswer): void => {
      underWay.delete(batch[0].row);
      counts.accepted += accepted;
      counts.duplicates += duplicates;
      const refusedPlaces = new Set(rejected.map(({ index }) => index));
      batch.forEach((ready, place) => {
        if (!refusedPlaces.has(place)) add(sums, ready);
      });
      for (const { index, id, code, detail } of rejected) {
        refuse({ row: batch[index].row, id: id ?? null, code, detail });
      }
    },

    /** The first row of which it is not known that it, and all before it, were answered. */
    nextRow: (): number => Math.min(afterLastBatch, ...underWay),
  };
};

const add = (sums: TakenSums, { record }: ReadyRow): void => {
  const usage = isPlainObject(record.usage) ? record.usage : {};
  sums.inputTokens += amountIn(usage.inputTokens);
  sums.outputTokens += amountIn(usage.outputTokens);
  sums.costMicros += amountIn(record.costMicros);
  const instantMs = typeof record.occurredAt === 'string' ? parseInstant(record.occurredAt) : NaN;
  if (typeof instantMs !== 'number') return;
  sums.firstMs = Math.min(sums.firstMs, instantMs);
  sums.lastMs = Math.max(sums.lastMs, instantMs);
};

const amountIn = (value: unknown): bigint => (Number.isSafeInteger(value) ? BigInt(Number(value)) : 0n);
