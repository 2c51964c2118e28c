import type { OrganisationEvent } from '#organisation/domain/organisation.events.js';
import type { FindingSink } from './findings.js';
import { createPlainDays } from './plain-days.js';
import type { PlainDays } from './plain-days.js';

/** What of the organisation spend depends on. The first record fixes it, and from then on it may not change. */
export const createPlainOrganisation = (findings: FindingSink) => {
  const settings = { currency: 'USD', timeZone: 'UTC' };
  let fixed = false;
  let days = createPlainDays(settings.timeZone);
  return {
    settings: settings as Readonly<typeof settings>,
    days: (): PlainDays => days,

    apply(position: number, event: OrganisationEvent): void {
      if (event.type === 'OrganisationFixed') fixed = true;
      if (event.type !== 'CurrencyChosen' && event.type !== 'TimeZoneChosen') return;
      if (fixed) findings.add(`${event.type} at position ${String(position)}, after the first record had fixed it`);
      Object.assign(settings, event.data);
      days = createPlainDays(settings.timeZone);
    },

    requireFixed(position: number): void {
      if (!fixed) findings.add(`records at position ${String(position)} before currency and zone were fixed`);
    },
  };
};
