import { TZDate } from '@date-fns/tz';
import { millisecondsInMinute, minutesInHour } from 'date-fns/constants';
import { getISODay } from 'date-fns/getISODay';
import { startOfDay } from 'date-fns/startOfDay';

/** Where the fleet works: its organisation's time zone. */
export const fleetTimeZone = 'Europe/Berlin';

/** The midnight that began the fleet's day at an instant. */
export const fleetDayAt = (ms: number): TZDate => startOfDay(new TZDate(ms, fleetTimeZone));

/** Monday to Sunday, as a share of a plain workday. */
const weekdayWeights = [0.95, 1.05, 1.1, 1.05, 0.85, 0.12, 0.08];

/** How busy each hour of the day is, from midnight on: two humps around lunch, a thin night. */
const hourWeights = [0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 1, 3, 7, 10, 11, 10, 6, 8, 10, 10, 9, 7, 4, 2, 1.5, 1, 0.7, 0.4];
const allHours = hourWeights.reduce((sum, weight) => sum + weight, 0);

export const dayWeight = (midnight: TZDate): number => weekdayWeights[getISODay(midnight) - 1];

/** The instant at which a share of the day's work, in `[0, 1)`, is done. */
export const instantOfShare = (midnight: TZDate, share: number): number => {
  let left = share * allHours;
  let hour = 0;
  while (left >= hourWeights[hour]) left -= hourWeights[hour++];
  return instantAt(midnight, hour * minutesInHour + (left / hourWeights[hour]) * minutesInHour);
};

/** The instant some minutes into the day; the hour that a change of the clock takes or gives is not made up for. */
export const instantAt = (midnight: TZDate, minutes: number): number =>
  midnight.getTime() + Math.floor(minutes * millisecondsInMinute);
