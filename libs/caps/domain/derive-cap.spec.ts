import assert from 'node:assert/strict';
import fc from 'fast-check';
import { daysInPeriod, firstDayOf, type Period } from '#kernel/days.js';
import { parseDay, parsePeriod } from '#kernel/instants.js';
import type { Micros } from '#kernel/money.js';
import { defaultSettings } from './cap-policy.js';
import { capBasis, type CapBasis, type CapPolicy, type CapSettings } from './caps.events.js';
import { deriveCap, settingsUnder } from './derive-cap.js';

type Enforcement = CapSettings['enforcement'];

const period = (name: string): Period => parsePeriod(name) ?? 0;
const day = (name: string): number => parseDay(name) ?? 0;
const november = period('2026-11');
const byMultiple = (
  multipleBasisPoints = 13_000,
  limits: { floorMicros?: number; ceilingMicros?: number } = {},
): CapPolicy => ({
  kind: 'priorMonthMultiple',
  multipleBasisPoints,
  ...limits,
});

/** What was spent per month, by name, with the first day. */
const actuals = (
  spent: Readonly<Record<string, Micros>>,
  firstDay: string | undefined,
  closed: readonly string[] = [],
) => ({
  spentIn: (wanted: Period) => Object.entries(spent).find(([name]) => period(name) === wanted)?.[1] ?? 0,
  firstDay: firstDay === undefined ? undefined : day(firstDay),
  isClosed: (wanted: Period) => closed.some((name) => period(name) === wanted),
});

describe('a cap from the month before', () => {
  it('is 1.3 times what was spent in it, provisional until that month is closed', () => {
    const spent = { '2026-10': 100_000_000, '2026-09': 7 };
    const open = deriveCap(byMultiple(), november, actuals(spent, '2026-01-01'));
    assert.deepEqual(open, {
      capMicros: 130_000_000,
      basis: {
        kind: 'actual',
        period: '2026-10',
        actualMicros: 100_000_000,
        historyDays: 31,
        days: 31,
        status: 'provisional',
      },
    });
    const closed = deriveCap(byMultiple(), november, actuals(spent, '2026-01-01', ['2026-10']));
    assert.ok('status' in closed.basis);
    assert.equal(closed.basis.status, 'final');
  });

  const roundings: readonly [actual: number, multiple: number, cap: number][] = [
    [5, 13_000, 6], // 6.5 to the even one
    [15, 13_000, 20], // 19.5 to the even one
    [1, 1, 0],
    [10_000, 1, 1],
    [Number.MAX_SAFE_INTEGER, 13_000, Number.MAX_SAFE_INTEGER],
  ];
  for (const [actual, multiple, cap] of roundings) {
    it(`rounds ${String(actual)} x ${String(multiple)} basis points half to even: ${String(cap)}`, () => {
      const { capMicros } = deriveCap(byMultiple(multiple), november, actuals({ '2026-10': actual }, '2026-01-01'));
      assert.equal(capMicros, cap);
    });
  }

  it('is held at 2^53 - 1 where the month is beyond, and its basis has the digits', () => {
    const derived = deriveCap(byMultiple(), november, actuals({ '2026-10': 2n ** 53n }, '2026-01-01'));
    assert.equal(derived.capMicros, Number.MAX_SAFE_INTEGER);
    assert.ok('period' in derived.basis);
    assert.equal(derived.basis.actualMicros, Number.MAX_SAFE_INTEGER);
    assert.equal(derived.basis.actualMicrosExact, '9007199254740992');
    assert.deepEqual(capBasis.parse(derived.basis), derived.basis, 'it can be stored');
    const half = deriveCap(byMultiple(1), november, actuals({ '2026-10': 2n ** 60n }, '2026-01-01'));
    assert.equal(half.capMicros, 115_292_150_460_685, 'a small multiple of it is exact');
  });

  it('is held between floor and ceiling', () => {
    const of = (actual: number) =>
      deriveCap(
        byMultiple(13_000, { floorMicros: 50, ceilingMicros: 200 }),
        november,
        actuals({ '2026-10': actual }, '2026-01-01'),
      ).capMicros;
    assert.deepEqual([of(10), of(100), of(1_000)], [50, 130, 200]);
  });

  const histories: readonly [
    what: string,
    spent: Record<string, number>,
    firstDay: string | undefined,
    cap: number | null,
  ][] = [
    ['nothing ever', {}, undefined, null],
    ['0 days: the first record is in the month itself', { '2026-11': 900 }, '2026-11-01', null],
    ['3 days', { '2026-10': 300 }, '2026-10-29', null],
    ['6 days', { '2026-10': 300 }, '2026-10-26', null],
    ['7 days, scaled to a full month', { '2026-10': 700 }, '2026-10-25', 4_030],
    ['a whole month to the day', { '2026-10': 1_000 }, '2026-10-01', 1_300],
    ['40 days', { '2026-09': 1, '2026-10': 1_000 }, '2026-09-22', 1_300],
    ['an empty month before, taken from the one before that', { '2026-09': 1_000 }, '2026-01-01', 1_300],
    ['three empty months, taken from the fourth', { '2026-07': 1_000 }, '2026-01-01', 1_300],
    ['four empty months', { '2026-06': 1_000 }, '2026-01-01', null],
    ['an empty month behind one that it began in, scaled', { '2026-09': 1_000 }, '2026-09-16', 2_600],
    ['an empty month behind one with 5 days', { '2026-09': 1_000 }, '2026-09-26', null],
    ['a first record that was taken back since', { '2026-10': 0 }, '2026-10-01', null],
  ];
  for (const [what, spent, firstDay, cap] of histories) {
    it(`with ${what}: ${String(cap)}`, () => {
      const derived = deriveCap(byMultiple(), november, actuals(spent, firstDay));
      assert.equal(derived.capMicros, cap);
      assert.equal(derived.basis.kind === 'insufficientHistory', cap === null);
      // The cap of new groups fills the gap, and only that.
      const basis = cap === null ? { kind: 'insufficientHistory', source: 'newGroupCap' } : derived.basis;
      const withNew = deriveCap(byMultiple(), november, actuals(spent, firstDay), 777);
      assert.deepEqual(withNew, { capMicros: cap ?? 777, basis });
    });
  }

  it('is that of new groups also when that is nothing at all', () => {
    assert.equal(deriveCap(byMultiple(), november, actuals({}, undefined), 0).capMicros, 0);
  });

  for (const name of ['2026-01', '2026-02', '2024-02', '2026-04']) {
    it(`scales a month of ${String(daysInPeriod(period(name)))} days by its own length`, () => {
      const days = daysInPeriod(period(name));
      const begun = { ...actuals({ [name]: 1_000 }, undefined), firstDay: firstDayOf(period(name)) + days - 7 };
      assert.equal(deriveCap(byMultiple(10_000), period(name) + 1, begun).capMicros, Math.round((1_000 * days) / 7));
    });
  }

  it('never falls when more was spent, and never rises when the multiple falls', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.integer({ min: 1, max: 100_000 }), (a, b, multiple) => {
        const of = (actual: number, times: number) =>
          deriveCap(byMultiple(times), november, actuals({ '2026-10': actual }, '2026-01-01')).capMicros ?? 0;
        assert.ok(of(Math.min(a, b), multiple) <= of(Math.max(a, b), multiple));
        assert.ok(of(a, multiple) <= of(a, multiple + 1));
      }),
    );
  });
});

describe('a fixed cap', () => {
  it('is what the policy says, whatever was spent', () => {
    const policy: CapPolicy = { kind: 'fixed', capMicros: 42 };
    for (const newGroupCapMicros of [null, 7]) {
      const derived = deriveCap(policy, november, actuals({}, undefined), newGroupCapMicros);
      assert.deepEqual(derived, { capMicros: 42, basis: { kind: 'fixed' } });
    }
  });
});

describe('how a scope is governed', () => {
  const ofNew: CapBasis = { kind: 'insufficientHistory', source: 'newGroupCap' };
  const table: readonly [CapBasis, own: Enforcement, organisation: Enforcement, inForce: Enforcement][] = [
    [ofNew, 'alert', 'enforce', 'enforce'],
    [ofNew, 'observe', 'enforce', 'enforce'],
    [ofNew, 'alert', 'alert', 'alert'],
    [ofNew, 'alert', 'observe', 'observe'],
    [ofNew, 'enforce', 'alert', 'enforce'],
    [{ kind: 'insufficientHistory' }, 'alert', 'enforce', 'alert'],
    [{ kind: 'fixed' }, 'alert', 'enforce', 'alert'],
    [{ kind: 'fixed' }, 'enforce', 'observe', 'enforce'],
  ];
  for (const [basis, own, organisation, inForce] of table) {
    it(`${basis.kind}${'source' in basis ? ' of a new group' : ''}: ${own} under ${organisation} is ${inForce}`, () => {
      const settings = { ...defaultSettings, enforcement: own };
      assert.deepEqual(settingsUnder(settings, basis, organisation), { ...settings, enforcement: inForce });
    });
  }
});
