import { Query } from '@nestjs/cqrs';
import type { Period } from '#kernel/days.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { CapsView } from '../domain/caps.view.js';
import { CapQueries } from './cap.query.js';

interface ExplainedCap {
  /** Of the policy, for `If-Match`. */
  readonly revision: number;
  readonly cap: ReturnType<CapQueries['explain']>;
}

/** The cap of a month and why it is so: of a group, or of the organisation (null). */
export class GetCap extends Query<ExplainedCap | Refusal<DirectoryCode | KernelCode>> {
  /** @param period undefined: the month of now; one that has not begun is refused */
  constructor(
    readonly groupId: string | null,
    readonly period: Period | undefined,
    readonly nowMs: number,
  ) {
    super();
  }
}

/** The same, also of a month to come, for which there may be top-ups. */
export class GetCapOfAnyMonth extends Query<ExplainedCap> {
  constructor(
    readonly groupId: string | null,
    readonly period: Period,
    readonly nowMs: number,
  ) {
    super();
  }
}

type CapHistory = Awaited<ReturnType<CapQueries['history']>>;

/** Every choice and every derivation of a cap, the latest first. */
export class GetCapHistory extends Query<CapHistory | Refusal<DirectoryCode>> {
  constructor(readonly groupId: string | null) {
    super();
  }
}

const notBegun = refuse('invalidPeriod', 'There is no cap yet for a month that has not begun.');

const explained = (groupId: string | null, period: Period, nowMs: number, view: CapsView, queries: CapQueries) => ({
  revision: view.scope(groupId).revision,
  cap: queries.explain(groupId, period, nowMs),
});

export const capsQueryHandlers = [
  answeredBy(
    GetCap,
    [OrganisationView, DirectoryView, CapsView, CapQueries],
    ({ groupId, period, nowMs }, organisation, directory, view, queries) => {
      if (!directory.hasScope(groupId)) return unknownGroup;
      const current = organisation.calendar().periodOf(nowMs);
      const asked = period ?? current;
      return asked > current ? notBegun : explained(groupId, asked, nowMs, view, queries);
    },
  ),
  answeredBy(GetCapOfAnyMonth, [CapsView, CapQueries], ({ groupId, period, nowMs }, view, queries) =>
    explained(groupId, period, nowMs, view, queries),
  ),
  answeredBy(GetCapHistory, [DirectoryView, CapQueries], ({ groupId }, directory, queries) =>
    directory.hasScope(groupId) ? queries.history(groupId) : unknownGroup,
  ),
];
