import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runawayOf } from './runaway.js';

const usd = 1_000_000n;
const max = BigInt(Number.MAX_SAFE_INTEGER);
const days = (...micros: readonly bigint[]): readonly bigint[] => micros;
const usual = (micros: bigint, count = 5): readonly bigint[] => Array.from({ length: count }, () => micros);

type Verdict = 'holds' | 'between' | 'clears';
const verdictOf = (last24HoursMicros: bigint, dailyMicros: readonly bigint[]): Verdict => {
  const { holds, clears } = runawayOf({ last24HoursMicros, dailyMicros });
  assert.ok(!(holds && clears));
  if (holds) return 'holds';
  return clears ? 'clears' : 'between';
};

describe('a runaway user', () => {
  const table: readonly [what: string, last24Hours: bigint, daily: readonly bigint[], verdict: Verdict][] = [
    ['exactly 10 times is not more than 10 times', 10n * usd, usual(usd), 'between'],
    ['a micro above 10 times', 10n * usd + 1n, usual(usd), 'holds'],
    ['exactly 0.9 of the bar does not clear', 9n * usd, usual(usd), 'between'],
    ['a micro below 0.9 of the bar', 9n * usd - 1n, usual(usd), 'clears'],
    ['nothing at all', 0n, usual(usd), 'clears'],
    ['4 days are no history', 1_000n * usd, usual(usd, 4), 'clears'],
    ['5 days are', 1_000n * usd, usual(usd, 5), 'holds'],
    ['days without spend are no history', 1_000n * usd, [...usual(usd, 4), ...usual(0n, 24)], 'clears'],
    ['no days at all', 1_000n * usd, [], 'clears'],
    ['far above, but less than 5 of the currency', 5n * usd, usual(1n), 'between'],
    ['the floor is met exactly', 5n * usd + 1n, usual(1n), 'holds'],
    ['the floor is a difference, not an amount', 5n * usd + 4n * (usd / 10n) - 1n, usual((2n * usd) / 5n), 'between'],
    [
      'an odd median is the one in the middle',
      31n * usd,
      days(1n * usd, 2n * usd, 3n * usd, 90n * usd, 99n * usd),
      'holds',
    ],
    ['and not above it', 30n * usd, days(1n * usd, 2n * usd, 3n * usd, 90n * usd, 99n * usd), 'between'],
    ['order says nothing', 31n * usd, days(99n * usd, 3n * usd, 1n * usd, 90n * usd, 2n * usd), 'holds'],
    // The two in the middle are 2 and 3 million: the bar is 25.
    [
      'an even median is the mean of two',
      25n * usd + 1n,
      days(1n, 1n, 2n * usd, 3n * usd, 9n * usd, 9n * usd),
      'holds',
    ],
    ['and not above it', 25n * usd, days(1n, 1n, 2n * usd, 3n * usd, 9n * usd, 9n * usd), 'between'],
    // 1,000,000.5 is rounded to 1,000,000, and 1,000,001.5 to 1,000,002.
    ['half a micro goes to the even one below', 10_000_001n, days(1n, 1n, usd, usd + 1n, max, max), 'holds'],
    ['half a micro goes to the even one above', 10_000_020n, days(1n, 1n, usd + 1n, usd + 2n, max, max), 'between'],
    ['and above that', 10_000_021n, days(1n, 1n, usd + 1n, usd + 2n, max, max), 'holds'],
    ['amounts near 2^53: exactly the bar', max - (max % 10n), usual(max / 10n), 'between'],
    ['amounts near 2^53: a micro above it', max - (max % 10n) + 1n, usual(max / 10n), 'holds'],
    ['amounts beyond 2^53', 10n * max + 1n, usual(max), 'holds'],
    ['and exactly the bar there', 10n * max, usual(max), 'between'],
    ['and 0.9 of it', 9n * max - 1n, usual(max), 'clears'],
  ];
  for (const [what, last24Hours, daily, verdict] of table) {
    it(`${verdict}: ${what}`, () => {
      assert.equal(verdictOf(last24Hours, daily), verdict);
    });
  }

  it('shows the numbers it was decided by', () => {
    assert.deepEqual(runawayOf({ last24HoursMicros: 123_456_789n, dailyMicros: usual(usd, 28) }).evidence, {
      last24HoursMicros: 123_456_789,
      medianDayMicros: 1_000_000,
      days: 28,
      times: 123.4568,
    });
    assert.deepEqual(runawayOf({ last24HoursMicros: 7n, dailyMicros: usual(usd, 4) }).evidence, {
      last24HoursMicros: 7,
      medianDayMicros: null,
      days: 4,
      times: null,
    });
    assert.deepEqual(runawayOf({ last24HoursMicros: max + 1n, dailyMicros: [] }).evidence, {
      last24HoursMicros: null,
      last24HoursMicrosExact: '9007199254740992',
      medianDayMicros: null,
      days: 0,
      times: null,
    });
  });

  it('agrees with exact fractions, and more spend never makes it less of a runaway', () => {
    const micros = fc.bigInt({ min: 0n, max });
    const rank = { clears: 0, between: 1, holds: 2 };
    fc.assert(
      fc.property(
        micros,
        micros,
        fc.array(fc.oneof(micros, fc.bigInt(0n, 20n * usd)), { maxLength: 28, size: 'max' }),
        (a, b, daily) => {
          const [less, more] = a < b ? [a, b] : [b, a];
          assert.ok(rank[verdictOf(less, daily)] <= rank[verdictOf(more, daily)]);
          const active = daily.filter((day) => day > 0n);
          if (verdictOf(more, daily) !== 'holds') return;
          // More than 10 times the median: at least half of the days are below a tenth of it (less the rounding).
          assert.ok(active.filter((day) => 10n * day < more + 10n).length * 2 >= active.length);
        },
      ),
    );
  });
});
