import { Injectable } from '@nestjs/common';
import { firstDayOf, type Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { CapQueries } from '#caps/queries/cap.query.js';
import { GroupFacts, type MonthSoFar } from '#directory/queries/group-facts.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { LimitsView } from '../domain/limits.view.js';

const nothingSpent = { spentMicros: 0, records: 0, unpricedMicros: 0 };

/** What a group spends, and how it is bounded, now. */
@Injectable()
export class GroupFactsAsOfNow extends GroupFacts {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly limits: LimitsView,
    private readonly spend: SpendQueries,
    private readonly caps: CapQueries,
    private readonly clock: Clock,
  ) {
    super();
  }

  async monthSoFar(): Promise<MonthSoFar> {
    const period = this.period();
    const question = { by: ['group' as const], from: firstDayOf(period), to: firstDayOf(period + 1), filters: {} };
    const { items, asOf, provisional, provisionalBecause } = await this.spend.ask(question, { limit: Infinity });
    const spent = new Map(
      items.map(({ group, spentMicros, records, unpricedMicros }) => [
        group ?? '',
        { spentMicros, records, unpricedMicros },
      ]),
    );
    return {
      period: formatPeriod(period),
      spentBy: (groupId) => spent.get(groupId) ?? nothingSpent,
      standing: { asOf, provisional, provisionalBecause },
    };
  }

  capOf(groupId: string) {
    return this.caps.summary(groupId, this.period(), this.clock.now());
  }

  limitsOf(groupId: string) {
    return this.limits.of(groupId);
  }

  private period(): Period {
    return this.organisation.calendar().periodOf(this.clock.now());
  }
}
