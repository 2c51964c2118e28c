import { Query } from '@nestjs/cqrs';
import type { Period } from '#kernel/days.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { type Close, PeriodsView } from '../domain/periods.view.js';
import { StatementQueries } from './statements.query.js';

export type Statement = Awaited<ReturnType<StatementQueries['statement']>>;

/** What each group, or each user of it, was charged in a month; one that has not begun is refused. */
export class GetStatement extends Query<Statement | Refusal<KernelCode>> {
  constructor(
    readonly period: Period,
    readonly byUser: boolean,
    readonly nowMs: number,
  ) {
    super();
  }
}

/** Where a month was closed; undefined while it is open. */
export class GetClose extends Query<Close | undefined> {
  constructor(readonly period: Period) {
    super();
  }
}

const notBegun = refuse('invalidPeriod', 'There is no statement yet of a month that has not begun.');

export const periodsQueryHandlers = [
  answeredBy(
    GetStatement,
    [OrganisationView, StatementQueries],
    ({ period, byUser, nowMs }, organisation, statements) =>
      period > organisation.calendar().periodOf(nowMs) ? notBegun : statements.statement(period, byUser),
  ),
  answeredBy(GetClose, [PeriodsView], ({ period }, view) => view.closeOf(period)),
];
