import { formatPeriod } from '#kernel/instants.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { periodDecider } from '../domain/period.js';
import { periodEvent } from '../domain/periods.events.js';
import { ClosePeriod, NotePeriodEnd } from './periods.commands.js';

const decider = { ...periodDecider, event: periodEvent };

const notePeriodEnd = decidedBy(decider, [NotePeriodEnd], [], ({ data, meta }) => {
  const period = formatPeriod(data.period);
  return { stream: `period-${period}`, command: { type: 'NotePeriodEnd' as const, data: { period }, meta } };
});

const closePeriod = decidedBy(decider, [ClosePeriod], [OrganisationView], ({ data, meta }, organisation) => {
  const period = formatPeriod(data.period);
  const endsMs = organisation.calendar().startOfPeriod(data.period + 1);
  return { stream: `period-${period}`, command: { type: 'ClosePeriod' as const, data: { period, endsMs }, meta } };
});

export const periodsHandlers = [...notePeriodEnd, ...closePeriod];
