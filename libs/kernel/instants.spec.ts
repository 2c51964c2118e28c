import assert from 'node:assert/strict';
import { TZDate, tz } from '@date-fns/tz';
import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import { formatISO } from 'date-fns/formatISO';
import { isValid } from 'date-fns/isValid';
import { lightFormat } from 'date-fns/lightFormat';
import { parseISO } from 'date-fns/parseISO';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import { formatDay, formatInstant, formatPeriod, parseDay, parseInstant, parsePeriod } from './instants.js';

const anyInstant = fc.integer({ min: Date.parse('0001-01-01'), max: Date.parse('9999-12-31T23:59:59.999Z') });
const twoDigits = (value: number): string => String(value).padStart(2, '0');

describe('parseInstant', () => {
  for (const [text, same] of [
    ['2026-10-07T12:30:15.250Z', '2026-10-07T12:30:15.250Z'],
    ['2026-10-07t12:30:15z', '2026-10-07T12:30:15.000Z'],
    ['2026-10-07T12:30Z', '2026-10-07T12:30:00.000Z'],
    ['2026-10-07T12:30:15+02:00', '2026-10-07T10:30:15.000Z'],
    ['2026-10-07T12:30:15-0330', '2026-10-07T16:00:15.000Z'],
    ['2026-10-07T12:30+0200', '2026-10-07T10:30:00.000Z'],
    ['2026-10-07T12:30:15-00:00', '2026-10-07T12:30:15.000Z'],
    ['2026-10-07T00:00:00+14:00', '2026-10-06T10:00:00.000Z'],
    ['2026-10-07T23:59:59.9999999Z', '2026-10-07T23:59:59.999Z'],
    ['2026-10-07T12:30:15.1Z', '2026-10-07T12:30:15.100Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.equal(parseInstant(text), Date.parse(same));
    });
  }

  for (const text of ['2026-10-07T12:30:15', '2026-10-07T12:30', '2026-10-07T12:30:15.25']) {
    it(`misses the zone in ${text}`, () => {
      assert.equal(parseInstant(text), 'timeWithoutZone');
    });
  }

  for (const text of [
    '',
    ' ',
    'today',
    '2026',
    '2026-10-07',
    '1790000000000',
    '2026-10-07 12:30:15Z',
    ' 2026-10-07T12:30:15Z',
    '2026-10-07T12:30:15Z ',
    '2026-10-07T12:30:15ZZ',
    '2026-10-07T12:30:15 Z',
    '2026-10-07T12:30:15.Z',
    '2026-10-07T12:30:15,5Z',
    '2026-10-07T12Z',
    '2026-10-07T12:3Z',
    '2026-10-07T1230Z',
    '20261007T123000Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-10-00T00:00:00Z',
    '2026-10-32T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-10-07T24:00:00Z',
    '2026-10-07T12:60:00Z',
    '2026-10-07T12:30:60Z',
    '2026-10-07T12:30:15+15:00',
    '2026-10-07T12:30:15+14:01',
    '2026-10-07T12:30:15+02',
    '2026-10-07T12:30:15+2:00',
    '2026-10-07T12:30:15+02:60',
    '2026-10-07T12:30:15+02:000',
    '2026-10-07T12:30:15−02:00',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '+02026-10-07T12:30:15Z',
    '-2026-10-07T12:30:15Z',
    '２０２６-10-07T12:30:15Z',
    '2026-10-07T12:30:NaNZ',
    '2026-1a-07T12:30:15Z',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseInstant(text), 'notATime');
    });
  }

  it('reads back whatever formatInstant writes', () => {
    fc.assert(
      fc.property(anyInstant, (ms) => {
        assert.equal(parseInstant(formatInstant(ms)), ms);
      }),
    );
  });

  it('subtracts the offset', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2200-01-01') }),
        fc.integer({ min: -840, max: 840 }),
        (date, offset) => {
          fc.pre(!Number.isNaN(date.getTime()));
          const zone = `${offset < 0 ? '-' : '+'}${twoDigits(Math.trunc(Math.abs(offset) / 60))}:${twoDigits(Math.abs(offset) % 60)}`;
          const local = formatInstant(date.getTime()).replace('Z', zone);
          assert.equal(parseInstant(local), date.getTime() - offset * millisecondsInMinute);
          assert.equal(parseInstant(local), Date.parse(local));
        },
      ),
    );
  });

  it('never answers an unsafe number, whatever the text', () => {
    const alphabet = fc.constantFrom(...'0123456789-+:.TZtz '.split(''));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: alphabet, maxLength: 30 })), (text) => {
        const read = parseInstant(text);
        if (typeof read === 'number') assert.equal(read, Date.parse(text.toUpperCase()));
      }),
    );
  });
});

describe('days and periods as text', () => {
  it('reads back every day and every month of the years 1 to 9999', () => {
    fc.assert(
      fc.property(anyInstant, (ms) => {
        const day = Math.floor(ms / millisecondsInDay);
        assert.equal(formatDay(day), formatInstant(ms).slice(0, 10));
        assert.equal(parseDay(formatDay(day)), day);
        const month = formatDay(day).slice(0, 7);
        assert.equal(formatPeriod(parsePeriod(month) ?? 0), month);
      }),
    );
  });

  it('counts days from 1970 and months from year 0', () => {
    assert.equal(parseDay('1970-01-01'), 0);
    assert.equal(parseDay('1969-12-31'), -1);
    assert.equal(parsePeriod('2026-10'), 2026 * 12 + 9);
  });

  for (const text of [
    '',
    '2026-02-30',
    '2027-02-29',
    '2026-1-01',
    '2026-10-07T',
    '2026/10/07',
    '0000-01-01',
    '2026-10-',
  ]) {
    it(`refuses ${JSON.stringify(text)} as a day`, () => {
      assert.equal(parseDay(text), undefined);
    });
  }

  for (const text of ['', '2026-13', '2026-00', '2026-1', '2026-100', '202610', '0000-01', '2026-10-01']) {
    it(`refuses ${JSON.stringify(text)} as a month`, () => {
      assert.equal(parsePeriod(text), undefined);
    });
  }
});

describe('instants and days, held against date-fns', () => {
  const inUtc = { in: tz('UTC') };
  const number = (max: number, digits = 2) => fc.nat(max).map((n) => String(n).padStart(digits, '0'));
  const anyYear = fc.integer({ min: 2, max: 9_998 }).map((year) => String(year).padStart(4, '0'));
  const anyDate = fc.tuple(anyYear, number(13), number(32)).map((parts) => parts.join('-'));
  const anyTime = fc.oneof(
    fc.tuple(number(23), number(60)).map((parts) => parts.join(':')),
    fc.tuple(number(23), number(60), number(60)).map((parts) => parts.join(':')),
    fc.tuple(number(23), number(59), number(59), number(999, 3)).map(([h, m, s, ms]) => `${h}:${m}:${s}.${ms}`),
  );
  const anyOffset = fc.oneof(
    fc.constant('Z'),
    fc
      .tuple(fc.constantFrom('+', '-'), number(13), fc.constantFrom(':', ''), number(60))
      .map((parts) => parts.join('')),
  );

  it('reads the same instant from every text of the form we take, and refuses the same dates', () => {
    fc.assert(
      fc.property(anyDate, anyTime, anyOffset, (date, time, offset) => {
        const text = `${date}T${time}${offset}`;
        const found = parseISO(text);
        assert.equal(parseInstant(text), isValid(found) ? found.getTime() : 'notATime', text);
      }),
      { numRuns: runs(1_000, 100_000) },
    );
  });

  it('takes no instant that date-fns refuses', () => {
    const alphabet = fc.constantFrom(...'0123456789-+:.TZ '.split(''));
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 30 }), (text) => {
        if (typeof parseInstant(text) === 'number') assert.ok(isValid(parseISO(text)), text);
      }),
    );
  });

  it('writes an instant as date-fns does, which leaves milliseconds out', () => {
    fc.assert(
      fc.property(anyInstant, (ms) => {
        assert.equal(formatInstant(ms).replace(/[.]\d+/, ''), formatISO(ms, inUtc));
      }),
    );
  });

  it('reads and writes the same days and months', () => {
    fc.assert(
      fc.property(anyDate, (text) => {
        const found = parseISO(text, inUtc);
        assert.equal(parseDay(text), isValid(found) ? found.getTime() / millisecondsInDay : undefined, text);
        const month = text.slice(0, 'yyyy-MM'.length);
        const period = parsePeriod(month);
        const first = parseISO(month, inUtc);
        assert.equal(period !== undefined, isValid(first), month);
        if (period === undefined) return;
        assert.equal(period, first.getFullYear() * 12 + first.getMonth());
        assert.equal(formatPeriod(period), lightFormat(first, 'yyyy-MM'));
      }),
      { numRuns: runs(300, 30_000) },
    );
    fc.assert(
      fc.property(anyInstant, (ms) => {
        const day = Math.floor(ms / millisecondsInDay);
        assert.equal(formatDay(day), lightFormat(new TZDate(ms, 'UTC'), 'yyyy-MM-dd'));
      }),
    );
  });

  // What keeps parseISO out of the door. When one of these fails, date-fns has changed: ADR 25 names them.
  describe('where it does not take what we take', () => {
    for (const [text, why] of [
      ['2026-10-07T12:30:15', 'no zone: it takes that of the process'],
      ['2026-10-07', 'a mere date'],
      ['2026-10-07 12:30:15Z', 'a blank for the T'],
      ['2026-10-07T24:00:00Z', 'hour 24'],
      ['2026-10-07T12Z', 'no minutes'],
      ['20261007T123000Z', 'the basic format'],
      ['2026-W41-3T12:30:15Z', 'a date by its week'],
      ['2026-10-07T12:30:15+02', 'an offset without minutes'],
      ['2026-10-07T12:30:15+15:00', 'an offset that no zone has'],
      ['2026-10-07T12:30:15,5Z', 'a decimal comma'],
    ] as const) {
      it(`reads ${text}, and we do not: ${why}`, () => {
        assert.ok(isValid(parseISO(text)));
        assert.notEqual(typeof parseInstant(text), 'number');
      });
    }

    it('does not read the small letters of RFC 3339', () => {
      assert.ok(!isValid(parseISO('2026-10-07t12:30:15z')));
    });

    it('rounds digits finer than a millisecond up, into the next day', () => {
      const text = '2026-10-07T23:59:59.9999999Z';
      assert.equal(formatISO(parseISO(text), inUtc), '2026-10-08T00:00:00Z');
      assert.equal(formatInstant(Number(parseInstant(text))), '2026-10-07T23:59:59.999Z');
    });
  });
});
