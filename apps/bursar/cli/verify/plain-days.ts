import { TZDate } from '@date-fns/tz';
import { addDays } from 'date-fns/addDays';
import { millisecondsInDay } from 'date-fns/constants';
import { lightFormat } from 'date-fns/lightFormat';
import { startOfDay } from 'date-fns/startOfDay';

interface PlainDay {
  readonly startMs: number;
  /** The day after begins here. */
  readonly endMs: number;
  readonly text: string;
}

/**
 * The days of one time zone by date-fns: nothing of the kernel's calendar, which is what it is compared with. To ask is
 * dear (ADR 25), so a day is worked out once and remembered by its two ends.
 *
 * date-fns 4.4 is wrong in Africa/Monrovia before 1972-01-07 and about one night of Asia/Kathmandu, 1985-12-31: records
 * of then, which only an import with `--allow-old` can bring, would show as differences.
 */
export const createPlainDays = (timeZone: string) => {
  /** By days of UTC: two or three local days begin or end in each. */
  const known = new Map<number, PlainDay[]>();

  return {
    /** The day an instant is in, `yyyy-MM-dd`. Throws if the zone is unknown. */
    dayOf(ms: number): string {
      const dayOfUtc = Math.floor(ms / millisecondsInDay);
      const days = known.get(dayOfUtc) ?? [];
      const found = days.find(({ startMs, endMs }) => startMs <= ms && ms < endMs);
      if (found !== undefined) return found.text;
      const day = dayAt(ms, timeZone);
      known.set(dayOfUtc, [...days, day]);
      return day.text;
    },
  };
};
export type PlainDays = ReturnType<typeof createPlainDays>;

/** The day that a clock in the zone shows, or the next one if that has begun: a clock may go back over midnight. */
const dayAt = (ms: number, timeZone: string): PlainDay => {
  const shown = startOfDay(new TZDate(ms, timeZone));
  const next = dayAfter(shown);
  const start = next.getTime() > ms ? shown : next;
  return { startMs: start.getTime(), endMs: dayAfter(start).getTime(), text: lightFormat(start, 'yyyy-MM-dd') };
};

const dayAfter = (start: TZDate): TZDate => startOfDay(addDays(start, 1));
