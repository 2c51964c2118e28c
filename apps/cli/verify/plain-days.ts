import { TZDate } from '@date-fns/tz';
import { addDays } from 'date-fns/addDays';
import { millisecondsInMinute } from 'date-fns/constants';
import { lightFormat } from 'date-fns/lightFormat';
import { startOfDay } from 'date-fns/startOfDay';

/** Since October 1979 every day of every zone has begun at a whole quarter of an hour of UTC. */
const quarterMs = 15 * millisecondsInMinute;
const quartersHoldMs = Date.UTC(1980, 0);

/**
 * The days of one time zone by date-fns: nothing of the kernel's calendar, which is what they are compared with. To ask
 * is dear, so each quarter of an hour is asked about once. Where date-fns is wrong, and how old a record would have to
 * be for that to show as a difference, is in ADR 25.
 */
export const createPlainDays = (timeZone: string) => {
  const known = new Map<number, string>();

  return {
    /** The day an instant is in, `yyyy-MM-dd`. Throws if the zone is unknown. */
    dayOf(ms: number): string {
      if (ms < quartersHoldMs) return dayAt(ms, timeZone);
      const quarter = Math.floor(ms / quarterMs);
      const day = known.get(quarter) ?? dayAt(ms, timeZone);
      known.set(quarter, day);
      return day;
    },
  };
};
export type PlainDays = ReturnType<typeof createPlainDays>;

/** The day that a clock in the zone shows, or the next one if that has begun: a clock may go back over midnight. */
const dayAt = (ms: number, timeZone: string): string => {
  const shown = new TZDate(ms, timeZone);
  const next = startOfDay(addDays(shown, 1));
  return lightFormat(next.getTime() > ms ? shown : next, 'yyyy-MM-dd');
};
