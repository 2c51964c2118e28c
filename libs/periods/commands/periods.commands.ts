import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import type { Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import type { PeriodsCode } from '../domain/periods.codes.js';
import { periodDecider } from '../domain/period.js';
import { periodEvent } from '../domain/periods.events.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';

const decider = { ...periodDecider, event: periodEvent };

/** Commands about months. */
@Injectable()
export class PeriodsCommands {
  constructor(
    private readonly commands: Commands,
    private readonly organisation: OrganisationView,
  ) {}

  close(period: Period, meta: CommandMeta): Promise<Outcome<PeriodsCode>> {
    const name = formatPeriod(period);
    const data = { period: name, endsMs: this.organisation.calendar().startOfPeriod(period + 1) };
    return this.commands.execute(decider, `period-${name}`, { type: 'ClosePeriod', data, meta });
  }

  noteEnd(period: Period, meta: CommandMeta): Promise<Outcome<PeriodsCode>> {
    const name = formatPeriod(period);
    return this.commands.execute(decider, `period-${name}`, { type: 'NotePeriodEnd', data: { period: name }, meta });
  }
}
