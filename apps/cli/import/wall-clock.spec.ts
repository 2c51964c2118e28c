import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseInstant } from '#kernel/instants.js';
import { runs } from '#test/support/runs.js';
import { readTime } from './read-time.js';
import { wallClockOf } from './wall-clock.js';

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];

describe('a time without zone', () => {
  const berlin = wallClockOf('Europe/Berlin');
  const cases: readonly (readonly [string, string, string])[] = [
    ['in winter', '2023-11-16 18:17:03.9799600', '2023-11-16T17:17:03.979Z'],
    ['in summer', '2023-07-01T12:00', '2023-07-01T10:00:00Z'],
    ['just before the gap', '2023-03-26 01:59:59.999', '2023-03-26T00:59:59.999Z'],
    ['in the gap: as if the clock had gone on', '2023-03-26 02:30:00', '2023-03-26T01:30:00Z'],
    ['just after the gap', '2023-03-26 03:00:00', '2023-03-26T01:00:00Z'],
    ['in the repeated hour: the first time', '2023-10-29 02:30:00', '2023-10-29T00:30:00Z'],
    ['just after the repeated hour', '2023-10-29 03:00:00', '2023-10-29T02:00:00Z'],
  ];
  for (const [name, text, instant] of cases) {
    it(name, () => assert.equal(readTime(text, berlin), parseInstant(instant)));
  }

  it('is a fault without a zone to read it in', () => {
    assert.equal(readTime('2023-11-16 18:17:03', undefined), 'timeWithoutZone');
  });

  it('gives back what the wall showed, at the first moment it did', () => {
    const instants = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2035, 0, 1) });
    const property = fc.property(instants, fc.constantFrom(...zones), (instantMs, zone) => {
      const wall = wallClockOf(zone);
      const found = wall.instantOf(wall.readingAt(instantMs));
      assert.equal(wall.readingAt(found), wall.readingAt(instantMs));
      assert.ok(found <= instantMs);
    });
    fc.assert(property, { numRuns: runs(300, 30_000) });
  });
});

describe('a time with a zone', () => {
  for (const text of [
    '2023-11-16T19:17:03+01:00',
    '2023-11-16 18:17:03+00',
    '2023-11-16 18:17:03 UTC',
    '2023-11-16 13:17:03-0500',
  ]) {
    it(`${text} keeps it, whatever the wall says`, () => {
      assert.equal(readTime(text, wallClockOf('Asia/Kathmandu')), Date.UTC(2023, 10, 16, 18, 17, 3));
    });
  }
  for (const text of ['', '2023-02-30 10:00', '16.11.2023 18:17', '2023-11-16', '2023-11-16 24:00:00', '1700158623']) {
    it(`'${text}' is no time`, () => assert.equal(readTime(text, wallClockOf('UTC')), 'notATime'));
  }
});
