import type { Holidays, OrganisationEvent } from './organisation.events.js';
import type { OrganisationSettings } from './settings.js';

/**
 * Everything that was asked for, as events, in one spelling: days sorted, none twice.
 *
 * @param today from when dated settings apply that do not say, `yyyy-MM-dd`
 */
export const settingsEvents = (settings: OrganisationSettings, today: string): readonly OrganisationEvent[] => {
  const { name, currency, timeZone, weekendDays, holidays, closeDay, from = today } = settings;
  const { maxRecordMicros, newGroupCapMicros, unknownGroups, labelKeys } = settings;
  const events: OrganisationEvent[] = [];
  if (name !== undefined) events.push({ type: 'OrganisationNamed', data: { name } });
  if (currency !== undefined) events.push({ type: 'CurrencyChosen', data: { currency } });
  if (timeZone !== undefined) events.push({ type: 'TimeZoneChosen', data: { timeZone } });
  if (weekendDays !== undefined) {
    events.push({ type: 'WeekendDaysChosen', data: { weekendDays: inOrder(weekendDays), from } });
  }
  if (holidays !== undefined) {
    events.push({ type: 'HolidaysChosen', data: { holidays: holidays && holidaysInOrder(holidays), from } });
  }
  if (closeDay !== undefined) events.push({ type: 'CloseDayChosen', data: { closeDay } });
  if (maxRecordMicros !== undefined) {
    events.push({ type: 'MaxRecordMicrosChosen', data: { maxRecordMicros, from } });
  }
  if (newGroupCapMicros !== undefined) events.push({ type: 'NewGroupCapChosen', data: { newGroupCapMicros } });
  if (unknownGroups !== undefined) events.push({ type: 'UnknownGroupsChosen', data: { unknownGroups } });
  if (labelKeys !== undefined) events.push({ type: 'LabelKeysChosen', data: { labelKeys: inOrder(labelKeys) } });
  return events;
};

const holidaysInOrder = ({
  country,
  region,
  added = [],
  removed = [],
}: NonNullable<OrganisationSettings['holidays']>): Holidays => ({
  country,
  ...(region !== undefined && { region }),
  added: inOrder(added),
  removed: inOrder(removed),
});

// Digits of one length and days of one format sort as texts.
const inOrder = <T extends number | string>(values: readonly T[]): T[] => [...new Set(values)].sort();
