import { TimeSlice } from '#event-sourcing/turns.js';
import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { addMicros } from '#kernel/money.js';
import type { Page } from '#spend/domain/page.js';
import { addressAt } from '#spend/domain/page-address.js';
import { materialisedViews } from '#spend/domain/spend.dimensions.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PeriodsView } from '../domain/periods.view.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { AdjustmentsView } from '../domain/adjustments.view.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { createLines, type StatementLine, totalOf } from './statement-lines.js';

const byUserView = materialisedViews.indexOf('user');

/** A line about another month, listed where it was accepted. */
export interface AdjustmentLine extends StatementLine {
  /** The month it belongs to. */
  readonly period: string;
}

const explanation =
  'A statement holds what occurred in its month and was accepted before the month was closed, and, as adjustments, what was accepted later about months that were closed by then. GET /spend shows all of it in the month in which it occurred. All statements together are all records.';

/** Makes statements: provisional while a month is open, final and always the same when it is closed. */
@Injectable()
export class StatementQueries {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly periods: PeriodsView,
    private readonly spendView: SpendView,
    private readonly adjustments: AdjustmentsView,
    private readonly spend: SpendQueries,
  ) {}

  async statement(period: Period, byUser: boolean) {
    const { adjustments, periods, organisation } = this;
    const spend = this.spendView;
    const close = periods.closeOf(period);
    const standing =
      close === undefined
        ? this.spend.standing(period, period + 1)
        : { asOf: { position: String(close.position), at: close.at }, provisional: false, provisionalBecause: [] };
    // Both belong to this moment. Adjustments are copied, because they are few; the month's page is kept as it is.
    const later = adjustments.about(period).map((page) => page.copy(false));
    const listed = adjustments.listedIn(period).map(([about, page]) => [about, page.copy(false)] as const);
    const reading = spend.pages.reading([addressAt(byUserView, 'month', period)]);
    const items = await this.linesOf(byUser, reading.pages(), later);
    const adjusted: AdjustmentLine[] = [];
    for (const [about, page] of listed) {
      const lines = await this.linesOf(byUser, [[0, page]], []);
      adjusted.push(...lines.map((line) => ({ period: formatPeriod(about), ...line })));
    }
    const [ownMicros, adjustmentsMicros] = [totalOf(items), totalOf(adjusted)];
    return {
      period: formatPeriod(period),
      status: close === undefined ? ('provisional' as const) : ('final' as const),
      ...(close !== undefined && { closedAt: close.at, closePosition: String(close.position) }),
      currency: organisation.organisation().currency,
      items,
      ownMicros,
      adjustments: adjusted,
      adjustmentsMicros,
      totalMicros: addMicros(ownMicros, adjustmentsMicros),
      explanation,
      ...standing,
    };
  }

  private async linesOf(
    byUser: boolean,
    pages: Iterable<readonly [number, Page]>,
    without: readonly Page[],
  ): Promise<readonly StatementLine[]> {
    const lines = createLines(this.spendView.names, byUser);
    for (const [, page] of pages) await inTurns(lines.add(page, 1));
    for (const page of without) await inTurns(lines.add(page, -1));
    return lines.list();
  }
}

const inTurns = async (work: Iterator<undefined, void>): Promise<void> => {
  const time = TimeSlice.ofReading();
  while (work.next().done !== true) await time.pause();
};
