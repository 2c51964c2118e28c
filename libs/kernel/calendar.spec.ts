import assert from 'node:assert/strict';
import { TZDate, tzScan } from '@date-fns/tz';
import { addDays } from 'date-fns/addDays';
import { millisecondsInDay, millisecondsInHour } from 'date-fns/constants';
import { differenceInCalendarDays } from 'date-fns/differenceInCalendarDays';
import { startOfDay as startOfDayByDateFns } from 'date-fns/startOfDay';
import { startOfMonth as startOfMonthByDateFns } from 'date-fns/startOfMonth';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import { calendarOf, isTimeZone } from './calendar.js';
import { type Day, periodOfDay } from './days.js';
import { formatInstant, parseDay, parseInstant, parsePeriod } from './instants.js';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/St_Johns',
  'America/Asuncion',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kwajalein',
  'Atlantic/Azores',
];
const anyZone = fc.constantFrom(...zones);
const anyInstant = fc.integer({ min: 0, max: Date.UTC(2200, 0) });
/** Close to a midnight somewhere on earth, where the boundaries are. */
const nearBoundary = fc
  .tuple(
    fc.integer({ min: 0, max: 84_000 }),
    fc.integer({ min: -15 * millisecondsInHour, max: 13 * millisecondsInHour }),
  )
  .map(([n, around]) => n * millisecondsInDay + around);
const someInstant = fc.oneof(anyInstant, nearBoundary);

const day = (text: string): Day => parseDay(text) ?? assert.fail(text);
const instant = (text: string): number => {
  const ms = parseInstant(text);
  return typeof ms === 'number' ? ms : assert.fail(`${text}: ${ms}`);
};
const hoursOf = (zone: string, text: string): number => {
  const { startOfDay } = calendarOf(zone);
  return (startOfDay(day(text) + 1) - startOfDay(day(text))) / millisecondsInHour;
};

describe('the start of a day', () => {
  for (const [zone, date, start, why] of [
    ['UTC', '2026-10-07', '2026-10-07T00:00:00.000Z', 'no offset'],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 'the day the clock goes forward'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z', 'the day after'],
    ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00.000Z', 'a quarter of an hour'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 'midnight is in the gap: the day begins at 01:00'],
    ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00.000Z', 'the hour before midnight was repeated'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', 'midnight comes twice: the first'],
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00.000Z', 'one minute later the clock shows the day before'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 'a skipped day is empty'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 'and the next begins in its place'],
    ['Africa/Monrovia', '1971-06-01', '1971-06-01T00:44:30.000Z', 'an offset of less than an hour, with seconds, west'],
  ] as const) {
    it(`${zone} ${date}: ${why}`, () => {
      assert.equal(formatInstant(calendarOf(zone).startOfDay(day(date))), start);
    });
  }
});

describe('the length of a day', () => {
  for (const [zone, date, hours] of [
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Europe/Berlin', '2028-02-29', 24],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['America/Sao_Paulo', '2018-11-04', 23],
    ['America/Sao_Paulo', '2018-02-17', 25],
    ['Pacific/Apia', '2011-12-30', 0],
    ['Pacific/Apia', '2011-12-29', 24],
  ] as const) {
    it(`${zone} ${date} has ${String(hours)} hours`, () => {
      assert.equal(hoursOf(zone, date), hours);
    });
  }
});

describe('the day of an instant', () => {
  for (const [zone, text, date] of [
    ['Europe/Berlin', '2026-10-31T22:59:59.999Z', '2026-10-31'],
    ['Europe/Berlin', '2026-10-31T23:00:00.000Z', '2026-11-01'],
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31'],
    // 00:00:30 local, and half an hour after the clock went back to 23:01: the day has begun and is not left again.
    ['America/St_Johns', '2010-11-07T02:30:30.000Z', '2010-11-07'],
    ['America/St_Johns', '2010-11-07T03:00:00.000Z', '2010-11-07'],
    ['UTC', '1969-12-31T23:59:59.999Z', '1969-12-31'],
  ] as const) {
    it(`${zone} ${text} is on ${date}`, () => {
      assert.equal(calendarOf(zone).dayOf(instant(text)), day(date));
    });
  }

  it('is the one between two starts, half-open', () => {
    fc.assert(
      fc.property(anyZone, someInstant, (zone, ms) => {
        const { dayOf, startOfDay } = calendarOf(zone);
        const n = dayOf(ms);
        assert.ok(startOfDay(n) <= ms && ms < startOfDay(n + 1));
        assert.equal(dayOf(startOfDay(n)), n);
        assert.ok(dayOf(startOfDay(n) - 1) < n);
      }),
    );
  });

  it('never goes back while time goes on', () => {
    fc.assert(
      fc.property(anyZone, someInstant, fc.nat(3 * millisecondsInDay), (zone, ms, later) => {
        const { dayOf } = calendarOf(zone);
        assert.ok(dayOf(ms) <= dayOf(ms + later));
      }),
    );
  });

  it('is the date that a local clock shows, but where that goes back over midnight', () => {
    const formats = new Map(
      zones.map((timeZone) => [timeZone, new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })]),
    );
    fc.assert(
      fc.property(
        anyZone.filter((zone) => zone !== 'America/St_Johns'),
        someInstant,
        (zone, ms) => {
          assert.equal(calendarOf(zone).dayOf(ms), day(formats.get(zone)?.format(ms) ?? ''), zone);
        },
      ),
    );
  });

  it('is the same whatever was asked before', () => {
    fc.assert(
      fc.property(anyZone, fc.array(someInstant, { maxLength: 20, size: 'max' }), (zone, instants) => {
        const { dayOf } = calendarOf(zone);
        const answers = instants.map(dayOf);
        assert.deepEqual(instants.toReversed().map(dayOf).toReversed(), answers);
      }),
    );
  });
});

describe('the period of an instant', () => {
  it('changes at local midnight', () => {
    const { periodOf, startOfPeriod } = calendarOf('America/New_York');
    const november = parsePeriod('2026-11') ?? assert.fail();
    assert.equal(formatInstant(startOfPeriod(november)), '2026-11-01T04:00:00.000Z');
    assert.equal(formatInstant(startOfPeriod(november + 1)), '2026-12-01T05:00:00.000Z');
    assert.equal(periodOf(instant('2026-11-01T03:59:59.999Z')), november - 1);
    assert.equal(periodOf(instant('2026-11-01T04:00:00.000Z')), november);
  });

  it('is the one of its day, and half-open', () => {
    fc.assert(
      fc.property(anyZone, someInstant, (zone, ms) => {
        const { dayOf, periodOf, startOfPeriod } = calendarOf(zone);
        const period = periodOf(ms);
        assert.equal(period, periodOfDay(dayOf(ms)));
        assert.ok(startOfPeriod(period) <= ms && ms < startOfPeriod(period + 1));
      }),
    );
  });
});

describe('a calendar, held against date-fns', () => {
  // date-fns is right in these, whatever the zone of the process is, from here on (ADR 25). Left out is St. John's: its
  // clock went back over midnight, and date-fns then answers with the day before, which had ended.
  const comparedZones = zones.filter((zone) => zone !== 'America/St_Johns');
  const [firstDay, lastDay] = [Date.UTC(2011, 9), Date.UTC(2041, 0)].map((ms) => ms / millisecondsInDay);

  /** Days around the changes of a zone's clock, which random days would mostly miss. */
  const daysOfChange = new Map(
    comparedZones.map((zone) => {
      const interval = { start: new Date(firstDay * millisecondsInDay), end: new Date(lastDay * millisecondsInDay) };
      return [zone, tzScan(zone, interval).map(({ date }) => Math.floor(date.getTime() / millisecondsInDay))] as const;
    }),
  );
  const zoneAndDay = fc.constantFrom(...comparedZones).chain((zone) => {
    const changes = daysOfChange.get(zone) ?? [];
    const anyDay = fc.integer({ min: firstDay, max: lastDay });
    const dayOfChange = fc
      .tuple(fc.constantFrom(...(changes.length > 0 ? changes : [firstDay])), fc.integer({ min: -1, max: 1 }))
      .map(([change, days]) => change + days);
    return fc.tuple(fc.constant(zone), fc.oneof(anyDay, dayOfChange));
  });

  it('begins every day at the same instant', () => {
    fc.assert(
      fc.property(zoneAndDay, fc.nat(100), ([zone, n], percent) => {
        const { startOfDay } = calendarOf(zone);
        const [startMs, endMs] = [startOfDay(n), startOfDay(n + 1)];
        // A day that is skipped has no instant to ask for.
        fc.pre(startMs < endMs);
        const someMs = startMs + Math.floor(((endMs - 1 - startMs) * percent) / 100);
        const found = startOfDayByDateFns(new TZDate(someMs, zone));
        assert.equal(formatInstant(startMs), formatInstant(found.getTime()), zone);
      }),
      { numRuns: runs(1_000, 100_000) },
    );
  });

  it('begins every month at the same instant, and has as many days between two', () => {
    fc.assert(
      fc.property(zoneAndDay, fc.nat(20_000), ([zone, n], days) => {
        const { dayOf, startOfDay, startOfPeriod } = calendarOf(zone);
        const at = startOfDay(n) + 12 * millisecondsInHour;
        const date = new TZDate(at, zone);
        const first = startOfMonthByDateFns(date);
        assert.equal(formatInstant(startOfPeriod(periodOfDay(dayOf(at)))), formatInstant(first.getTime()), zone);
        const later = addDays(date, days);
        assert.equal(dayOf(later.getTime()) - dayOf(at), differenceInCalendarDays(later, date), zone);
      }),
      { numRuns: runs(300, 30_000) },
    );
  });

  it('skips the same day', () => {
    const before = startOfDayByDateFns(new TZDate('2011-12-29T12:00:00-10:00', 'Pacific/Apia'));
    const after = startOfDayByDateFns(addDays(before, 1));
    const { startOfDay } = calendarOf('Pacific/Apia');
    assert.equal(startOfDay(day('2011-12-29')), before.getTime());
    assert.equal(startOfDay(day('2011-12-30')), after.getTime());
    assert.equal(startOfDay(day('2011-12-31')), after.getTime());
  });
});

/** When one of these fails, date-fns is mended: ADR 25 names them, and can say so. */
describe('date-fns is wrong here, and we are not', () => {
  for (const [zone, date, ours, theirs, why] of [
    [
      'Africa/Monrovia',
      '1971-06-01',
      '1971-06-01T00:44:30.000Z',
      '1971-05-31T23:15:00.000Z',
      'the offset is -00:44:30',
    ],
    ['Asia/Kathmandu', '1986-01-01', '1985-12-31T18:30:00.000Z', '1985-12-31T18:15:00.000Z', 'midnight is skipped'],
  ] as const) {
    it(`${zone} ${date}: ${why}`, () => {
      const { startOfDay } = calendarOf(zone);
      const found = startOfDayByDateFns(new TZDate(startOfDay(day(date)) + 12 * millisecondsInHour, zone));
      assert.equal(formatInstant(startOfDay(day(date))), ours);
      assert.equal(formatInstant(found.getTime()), theirs);
    });
  }

  // What it answers depends on the zone of the process.
  for (const [zone, date, ours, theirs, wrongIn, why] of [
    [
      'Asia/Amman',
      '2021-10-29',
      '2021-10-28T21:00:00.000Z',
      '2021-10-28T22:00:00.000Z',
      'UTC',
      'midnight comes twice: the second',
    ],
    [
      'Antarctica/Casey',
      '2019-03-17',
      '2019-03-16T13:00:00.000Z',
      '2019-03-16T16:00:00.000Z',
      'UTC',
      'and by three hours',
    ],
    [
      'Pacific/Apia',
      '2011-09-25',
      '2011-09-25T10:00:00.000Z',
      '2011-09-25T11:00:00.000Z',
      'Pacific/Auckland',
      'both zones change in that night',
    ],
  ] as const) {
    it(`${zone} ${date}, in a process in ${wrongIn}: ${why}`, () => {
      const { startOfDay } = calendarOf(zone);
      const found = startOfDayByDateFns(new TZDate(startOfDay(day(date)) + 12 * millisecondsInHour, zone));
      assert.equal(formatInstant(startOfDay(day(date))), ours);
      assert.equal(formatInstant(found.getTime()), process.env.TZ === wrongIn ? theirs : ours);
    });
  }
});

describe('isTimeZone', () => {
  for (const name of [
    'UTC',
    'Etc/UTC',
    'Europe/Berlin',
    'Europe/Kyiv',
    'Europe/Kiev',
    'America/Argentina/Buenos_Aires',
    'Etc/GMT+5',
    'Asia/Ust-Nera',
  ]) {
    it(`knows ${name}`, () => {
      assert.equal(isTimeZone(name), true);
    });
  }
  for (const name of [
    '',
    'Berlin',
    'europe/berlin',
    'EUROPE/BERLIN',
    'utc',
    '+01:00',
    'GMT+1',
    'UTC+1',
    'Europe/Atlantis',
    ' UTC',
    'Europe/Berlin\n',
  ]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      assert.equal(isTimeZone(name), false);
    });
  }
});
