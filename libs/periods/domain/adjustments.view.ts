import { z } from 'zod';
import type { Period } from '#kernel/days.js';
import type { CorrectedRow, MeteredColumns } from '#metering/domain/metering.events.js';
import {
  chargeCorrectionTypes,
  isChargeCorrection,
  isRecordsMetered,
  ratings,
  unpricedRatings,
} from '#metering/domain/metering.events.js';
import { uncountedRows } from '#metering/domain/metering.slots.js';
import type { OrganisationView } from '#organisation/domain/organisation.view.js';
import type { PeriodsView } from './periods.view.js';
import { decodePage, encodePage, Page } from '#spend/domain/page.js';
import type { SpendView } from '#spend/domain/spend.view.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

const isUnpriced = ratings.map((rating) => unpricedRatings.has(rating));

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
export class AdjustmentsView extends View {
  readonly name = 'adjustments';
  readonly handles = ['RecordsMetered', ...chargeCorrectionTypes];
  readonly #statements = new Map<Period, Map<Period, Page>>();

  constructor(
    private readonly organisation: OrganisationView,
    private readonly periods: PeriodsView,
    private readonly spend: SpendView,
  ) {
    super();
  }

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.#addMetered(event.data, at.get(uncountedRows), event.recordedAtMs);
    else if (isChargeCorrection(event)) {
      this.#addCorrections(event.data.rows, event.recordedAtMs);
    }
  }

  /** In the statement of a month, by the month they are about, in order. */
  listedIn = (statement: Period): readonly (readonly [about: Period, page: Page])[] =>
    [...(this.#statements.get(statement) ?? [])].sort(([a], [b]) => a - b);

  /** About a month, in whatever statement. */
  about = (period: Period): readonly Page[] =>
    [...this.#statements.values()].flatMap((pages) => pages.get(period) ?? []);

  save(): object {
    return [...this.#statements].flatMap(([statement, pages]) =>
      [...pages].map(([about, page]) => ({ statement, about, page: encodePage(page) })),
    );
  }
  load(saved: object): void {
    for (const { statement, about, page } of savedAdjustments.parse(saved)) {
      const pages = this.#statements.get(statement) ?? new Map<Period, Page>();
      this.#statements.set(statement, pages.set(about, decodePage(page)));
    }
  }

  #addMetered(columns: MeteredColumns, uncounted: readonly number[] | undefined, recordedAtMs: number): void {
    const latest = this.periods.latestClosed();
    if (latest === undefined) return;
    const closedUntilMs = this.organisation.calendar().startOfPeriod(latest + 1);
    const { names } = this.spend;
    const { occurredAtMs, groupId, userId, words, costMicros, rating, count } = columns;
    for (let row = 0; row < count; row++) {
      if (occurredAtMs[row] >= closedUntilMs || uncounted?.includes(row) === true) continue;
      const [group, user] = [names.numberOf(words[groupId[row]]), names.numberOf(words[userId[row]])];
      this.#pageFor(occurredAtMs[row], recordedAtMs)?.add(group, user, costMicros[row], 1, isUnpriced[rating[row]]);
    }
  }

  #addCorrections(rows: readonly CorrectedRow[], recordedAtMs: number): void {
    const { names } = this.spend;
    for (const { occurredAtMs, userId, before, after } of rows) {
      const page = this.#pageFor(occurredAtMs, recordedAtMs);
      if (page === undefined) continue;
      const user = names.numberOf(userId);
      page.add(names.numberOf(before.groupId), user, -before.costMicros, -1, unpricedRatings.has(before.rating));
      if (after !== null) {
        page.add(names.numberOf(after.groupId), user, after.costMicros, 1, unpricedRatings.has(after.rating));
      }
    }
  }

  /** The page that a fact goes to; nothing if its month is open, and it simply belongs there. */
  #pageFor(occurredAtMs: number, recordedAtMs: number): Page | undefined {
    const calendar = this.organisation.calendar();
    const about = calendar.periodOf(occurredAtMs);
    if (!this.periods.isClosed(about)) return undefined;
    const accepted = calendar.periodOf(recordedAtMs);
    return this.#pageOf(this.periods.firstOpen(Math.max(accepted, about + 1)), about);
  }

  #pageOf(statement: Period, about: Period): Page {
    const pages = this.#statements.get(statement) ?? new Map<Period, Page>();
    this.#statements.set(statement, pages);
    const page = pages.get(about) ?? new Page();
    pages.set(about, page);
    return page;
  }
}
