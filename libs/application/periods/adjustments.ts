import { z } from 'zod';
import type { Calendar } from '#kernel/calendar.js';
import type { Period } from '#kernel/days.js';
import type { CorrectedRow, MeteredColumns } from '#domain/metering/metering.events.js';
import { ratings, unpricedRatings } from '#domain/metering/metering.events.js';
import type { PeriodsView } from '#domain/periods/periods.view.js';
import type { Names } from '#domain/spend/names.js';
import { decodePage, encodePage, Page } from '#domain/spend/page.js';

const isUnpriced = ratings.map((rating) => unpricedRatings.has(rating));

/** What the fold needs of other views, which stand at the same event. */
export interface AdjustmentsContext {
  readonly names: Names;
  readonly periods: PeriodsView;
  readonly calendar: () => Calendar;
}

const savedAdjustments = z.array(
  z.strictObject({
    statement: z.int(),
    about: z.int(),
    page: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  }),
);

/**
 * Facts about a month that came after its close: per statement they are listed in, and per month they are about, who
 * was charged what. Pages of groups and users; amounts may be negative.
 */
export interface Adjustments {
  /** Folds one event. `uncounted` lists the rows that are duplicates or conflicts. */
  applyMetered(columns: MeteredColumns, uncounted: readonly number[] | undefined, recordedAtMs: number): void;
  applyCorrections(rows: readonly CorrectedRow[], recordedAtMs: number): void;
  /** In the statement of a month, by the month they are about, in order. */
  listedIn(statement: Period): readonly (readonly [about: Period, page: Page])[];
  /** About a month, in whatever statement. */
  about(period: Period): readonly Page[];
  save(): object;
  load(saved: object): void;
}

export const createAdjustments = ({ names, periods, calendar }: AdjustmentsContext): Adjustments => {
  const statements = new Map<Period, Map<Period, Page>>();

  const pageOf = (statement: Period, about: Period): Page => {
    const pages = statements.get(statement) ?? new Map<Period, Page>();
    statements.set(statement, pages);
    const page = pages.get(about) ?? new Page();
    pages.set(about, page);
    return page;
  };

  /** The page that a fact goes to; nothing if its month is open, and it simply belongs there. */
  const pageFor = (occurredAtMs: number, recordedAtMs: number): Page | undefined => {
    const about = calendar().periodOf(occurredAtMs);
    if (!periods.isClosed(about)) return undefined;
    const accepted = calendar().periodOf(recordedAtMs);
    return pageOf(periods.firstOpen(Math.max(accepted, about + 1)), about);
  };

  return {
    applyMetered(columns, uncounted, recordedAtMs) {
      const latest = periods.latestClosed();
      if (latest === undefined) return;
      const closedUntilMs = calendar().startOfPeriod(latest + 1);
      const { occurredAtMs, groupId, userId, words, costMicros, rating, count } = columns;
      for (let row = 0; row < count; row++) {
        if (occurredAtMs[row] >= closedUntilMs || uncounted?.includes(row) === true) continue;
        const [group, user] = [names.numberOf(words[groupId[row]]), names.numberOf(words[userId[row]])];
        pageFor(occurredAtMs[row], recordedAtMs)?.add(group, user, costMicros[row], 1, isUnpriced[rating[row]]);
      }
    },
    applyCorrections(rows, recordedAtMs) {
      for (const { occurredAtMs, userId, before, after } of rows) {
        const page = pageFor(occurredAtMs, recordedAtMs);
        if (page === undefined) continue;
        const user = names.numberOf(userId);
        page.add(names.numberOf(before.groupId), user, -before.costMicros, -1, unpricedRatings.has(before.rating));
        if (after !== null) {
          page.add(names.numberOf(after.groupId), user, after.costMicros, 1, unpricedRatings.has(after.rating));
        }
      }
    },
    listedIn: (statement) => [...(statements.get(statement) ?? [])].sort(([a], [b]) => a - b),
    about: (period) => [...statements.values()].flatMap((pages) => pages.get(period) ?? []),
    save: () =>
      [...statements].flatMap(([statement, pages]) =>
        [...pages].map(([about, page]) => ({ statement, about, page: encodePage(page) })),
      ),
    load(saved) {
      for (const { statement, about, page } of savedAdjustments.parse(saved)) {
        const pages = statements.get(statement) ?? new Map<Period, Page>();
        statements.set(statement, pages.set(about, decodePage(page)));
      }
    },
  };
};
