import assert from 'node:assert/strict';
import type { CapBasis, DerivedCap } from './caps.events.js';
import type { Derivation } from './derive-cap.js';
import { derivedCapDecider, recordAtMs } from './derived-cap.js';

const minuteMs = 60_000;
const policy = { kind: 'priorMonthMultiple', multipleBasisPoints: 10_000 } as const;
const basis = (
  actualMicros: number,
  status: 'provisional' | 'final' = 'provisional',
  period = '2026-10',
): CapBasis => ({
  kind: 'actual',
  period,
  actualMicros,
  historyDays: 31,
  days: 31,
  status,
});
const derived = (
  capMicros: number,
  status: 'provisional' | 'final' = 'provisional',
  period = '2026-10',
): Derivation => ({
  capMicros,
  basis: basis(capMicros, status, period),
});
const none: Derivation = { capMicros: null, basis: { kind: 'insufficientHistory' } };
const recorded = (derivation: Derivation, position = 10): DerivedCap & { recordedAtMs: number } => ({
  groupId: 'eng',
  period: '2026-11',
  policy,
  policyVersion: 0,
  position,
  recordedAtMs: 0,
  ...derivation,
});

describe('when a cap is recorded again', () => {
  const table: readonly [what: string, before: Derivation | undefined, now: Derivation, atMs: number | undefined][] = [
    ['never before: at once', undefined, derived(5), -Infinity],
    ['never before, and there is none: not', undefined, none, undefined],
    ['the same: not', derived(1_000), derived(1_000), undefined],
    ['a tenth more: at once', derived(1_000), derived(1_100), 0],
    ['a tenth less: at once', derived(1_000), derived(900), 0],
    ['a hundredth more: after a minute', derived(1_000), derived(1_010), minuteMs],
    ['a micro more: after an hour', derived(1_000), derived(1_001), 60 * minuteMs],
    ['a basis where there was none: at once', none, derived(5), -Infinity],
    ['no basis any more: at once', derived(5), none, -Infinity],
    ['another month: at once', derived(1_000, 'provisional', '2026-08'), derived(1_001), -Infinity],
    ['closed with the same sum: at once, a last time', derived(1_000), derived(1_000, 'final'), -Infinity],
    ['closed with a late micro: at once, a last time', derived(1_000), derived(1_001, 'final'), -Infinity],
    ['a late micro after that: never', derived(1_000, 'final'), derived(1_001, 'final'), undefined],
  ];
  for (const [what, before, now, atMs] of table) {
    it(what, () => {
      assert.equal(recordAtMs(before && recorded(before), now, 0), atMs);
    });
  }

  it('at once under another policy, also when the cap is the same', () => {
    assert.equal(recordAtMs(recorded(derived(1_000, 'final')), derived(1_000, 'final'), 1), -Infinity);
  });
});

describe('RecordCap', () => {
  const meta = { commandId: 'c', nowMs: 0, actor: 'system:deriveCaps', reason: '' };
  const capOf = ({ recordedAtMs, ...cap }: ReturnType<typeof recorded>): DerivedCap => {
    assert.equal(recordedAtMs, 0);
    return cap;
  };
  const decide = (given: readonly DerivedCap[], data: DerivedCap) => {
    const state = given.reduce<DerivedCap | undefined>(
      (last, event) => derivedCapDecider.evolve(last, { type: 'CapDerived', data: event }),
      derivedCapDecider.initial,
    );
    return derivedCapDecider.decide({ type: 'RecordCap', data, meta }, state);
  };
  const first = capOf(recorded(derived(1_000), 10));

  it('records the first, and nothing when nothing has changed', () => {
    assert.deepEqual(decide([], first), [{ type: 'CapDerived', data: first }]);
    assert.deepEqual(decide([first], { ...first, position: 11 }), []);
  });

  it('records what has changed, but not what an observer saw that has fallen behind', () => {
    const later = capOf(recorded(derived(1_200), 20));
    assert.deepEqual(decide([first], later), [{ type: 'CapDerived', data: later }]);
    assert.deepEqual(decide([later], first), []);
    assert.deepEqual(decide([{ ...first, policyVersion: 1 }], later), []);
  });
});
