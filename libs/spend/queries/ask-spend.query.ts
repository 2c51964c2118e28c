import { Query } from '@nestjs/cqrs';
import { type Day, firstDayOf } from '#kernel/days.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import type { Freshness } from '#metering/queries/month-status.js';
import type { Organisation } from '#organisation/domain/organisation.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import type { SpendAnswer } from '../domain/spend.answer.js';
import { labelKeyOf } from '../domain/spend.dimensions.js';
import { labelsOf, type Listing, type SpendQuestion } from '../domain/spend.question.js';
import { SpendQueries } from './spend.queries.js';

/** The days `[from, to)`. */
export interface DayRange {
  readonly from: Day;
  readonly to: Day;
}

/** What was spent, cut and filtered; refused with `invalidValue` if the organisation never chose the key of a label. */
export class AskSpend extends Query<(SpendAnswer & Freshness) | Refusal<KernelCode>> {
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

const labelRefusal = (
  question: AskSpend['question'],
  { labelKeys, pastLabelKeys }: Organisation,
): Refusal<KernelCode> | undefined => {
  const unknown = labelsOf(question).find((label) => ![...labelKeys, ...pastLabelKeys].includes(labelKeyOf(label)));
  if (unknown === undefined) return undefined;
  const chosen = labelKeys.length === 0 ? 'none' : labelKeys.join(', ');
  return refuse('invalidValue', `${unknown} is by a key that is not among the organisation's labelKeys: ${chosen}`);
};

export const spendQueryHandlers = [
  answeredBy(
    AskSpend,
    [SpendQueries, OrganisationView],
    ({ question, range, listing, nowMs }, queries, organisation) =>
      labelRefusal(question, organisation.organisation()) ??
      queries.ask({ ...question, ...(range ?? monthOf(nowMs, organisation)) }, listing),
  ),
];
