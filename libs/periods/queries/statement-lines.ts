import { addMicros, type Micros, microsOf } from '#kernel/money.js';
import type { NameDictionary } from '#spend/domain/name-dictionary.js';
import type { Page } from '#spend/domain/page.js';

/** What one group, or one user of it, was charged. Micros; everything may be negative in an adjustment. */
export interface StatementLine {
  readonly group: string;
  /** Absent in a statement by group. */
  readonly user?: string;
  readonly spentMicros: Micros;
  readonly records: number;
  readonly unpricedMicros: Micros;
}

/** What is taken away later may bring a sum back to what an amount can be: until then it may be more. */
interface Sum {
  spentMicros: bigint;
  records: number;
  unpricedMicros: bigint;
}

const slotsPerPause = 2_000;

/** Sums of pages by group, or by group and user, in a place of their own. */
export const createLines = (names: NameDictionary, byUser: boolean) => {
  const groups = new Map<number, Map<number, Sum>>();

  const sumOf = (group: number, user: number): Sum => {
    const users = groups.get(group) ?? new Map<number, Sum>();
    groups.set(group, users);
    const sum = users.get(byUser ? user : 0) ?? { spentMicros: 0n, records: 0, unpricedMicros: 0n };
    users.set(byUser ? user : 0, sum);
    return sum;
  };

  return {
    /** Adds a page, or takes it away (sign -1). Yields now and then: a place to pause. */
    *add({ spent, unpriced }: Page, sign: 1 | -1): Generator<undefined, void> {
      for (let slot = 0; slot < spent.capacity; slot++) {
        if (slot % slotsPerPause === 0) yield undefined;
        if (!spent.isTaken(slot)) continue;
        const sum = sumOf(spent.firstAt(slot), spent.secondAt(slot));
        sum.spentMicros += BigInt(sign) * spent.exactSpentAt(slot);
        sum.records += sign * spent.recordsAt(slot);
      }
      for (let slot = 0; unpriced !== undefined && slot < unpriced.capacity; slot++) {
        if (slot % slotsPerPause === 0) yield undefined;
        if (!unpriced.isTaken(slot)) continue;
        const sum = sumOf(unpriced.firstAt(slot), unpriced.secondAt(slot));
        sum.unpricedMicros += BigInt(sign) * unpriced.exactSpentAt(slot);
      }
    },
    /** In the order of groups and users, without those in which everything was taken back. */
    list: (): readonly StatementLine[] =>
      [...groups]
        .flatMap(([group, users]) =>
          [...users].flatMap(([user, { spentMicros, records, unpricedMicros }]) => {
            if (records === 0 && spentMicros === 0n && unpricedMicros === 0n) return [];
            const amounts = { spentMicros: microsOf(spentMicros), records, unpricedMicros: microsOf(unpricedMicros) };
            return [{ group: names.textOf(group), ...(byUser && { user: names.textOf(user) }), ...amounts }];
          }),
        )
        .sort((a, b) => compareTexts(a.group, b.group) || compareTexts(a.user ?? '', b.user ?? '')),
  };
};

export const totalOf = (lines: readonly StatementLine[]): Micros =>
  lines.reduce<Micros>((total, { spentMicros }) => addMicros(total, spentMicros), 0);

/** By UTF-16 code units: the same everywhere, whatever the locale. */
const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
