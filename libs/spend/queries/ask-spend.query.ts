import { Query } from '@nestjs/cqrs';
import { type Day, firstDayOf } from '#kernel/days.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import type { Freshness } from '#metering/queries/month-status.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import type { SpendAnswer } from '../domain/spend.answer.js';
import type { Listing, SpendQuestion } from '../domain/spend.question.js';
import { SpendQueries } from './spend.queries.js';

/** The days `[from, to)`. */
export interface DayRange {
  readonly from: Day;
  readonly to: Day;
}

/** What was spent, cut and filtered. */
export class AskSpend extends Query<SpendAnswer & Freshness> {
  /** @param range undefined: the month of now */
  constructor(
    readonly question: Omit<SpendQuestion, 'modelOf' | keyof DayRange>,
    readonly range: DayRange | undefined,
    readonly listing: Listing,
    readonly nowMs: number,
  ) {
    super();
  }
}

const monthOf = (nowMs: number, organisation: OrganisationView): DayRange => {
  const month = organisation.calendar().periodOf(nowMs);
  return { from: firstDayOf(month), to: firstDayOf(month + 1) };
};

export const spendQueryHandlers = [
  answeredBy(AskSpend, [SpendQueries, OrganisationView], ({ question, range, listing, nowMs }, queries, organisation) =>
    queries.ask({ ...question, ...(range ?? monthOf(nowMs, organisation)) }, listing),
  ),
];
