import assert from 'node:assert/strict';
import { millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import { type Case, givenFor } from '#test/support/given.js';
import type { CapBasis, DerivedCap, DerivedCapEvent } from './caps.events.js';
import type { Derivation } from './derive-cap.js';
import { type DerivedCapCommand, derivedCapDecider, recordAtMs } from './derived-cap.js';

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
const ofNew = (capMicros: number): Derivation => ({
  capMicros,
  basis: { kind: 'insufficientHistory', source: 'newGroupCap' },
});
const cap = (derivation: Derivation, position = 10): DerivedCap => ({
  groupId: 'eng',
  period: '2026-11',
  policy,
  policyVersion: 0,
  position,
  ...derivation,
});
const recorded = (derivation: Derivation) => ({ ...cap(derivation), recordedAtMs: 0 });

describe('when a cap is recorded again', () => {
  const table: readonly [what: string, before: Derivation | undefined, now: Derivation, atMs: number | undefined][] = [
    ['never before: at once', undefined, derived(5), -Infinity],
    ['never before, and there is none: not', undefined, none, undefined],
    ['the same: not', derived(1_000), derived(1_000), undefined],
    ['a tenth more: at once', derived(1_000), derived(1_100), 0],
    ['a tenth less: at once', derived(1_000), derived(900), 0],
    ['a hundredth more: after a minute', derived(1_000), derived(1_010), millisecondsInMinute],
    ['a micro more: after an hour', derived(1_000), derived(1_001), millisecondsInHour],
    ['a basis where there was none: at once', none, derived(5), -Infinity],
    ['no basis any more: at once', derived(5), none, -Infinity],
    ['a new group: at once', undefined, ofNew(1_000), -Infinity],
    ['a new group again: not', ofNew(1_000), ofNew(1_000), undefined],
    ['a micro more for new groups: at once', ofNew(1_000), ofNew(1_001), -Infinity],
    ['no cap for new groups any more: at once', ofNew(1_000), none, -Infinity],
    ['a cap for new groups where there was none: at once', none, ofNew(1_000), -Infinity],
    ['a basis instead of it: at once', ofNew(1_000), derived(1_001), -Infinity],
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
  const given = givenFor(derivedCapDecider);
  const meta = { commandId: 'c', nowMs: 0, actor: 'system:deriveCaps', reason: '' };
  const record = (data: DerivedCap): DerivedCapCommand => ({ type: 'RecordCap', data, meta });
  const capDerived = (data: DerivedCap): DerivedCapEvent => ({ type: 'CapDerived', data });
  const first = cap(derived(1_000), 10);
  const later = cap(derived(1_200), 20);
  const table: readonly Case<DerivedCapCommand, DerivedCapEvent>[] = [
    ['records the first', [], record(first), [capDerived(first)]],
    ['records nothing when nothing has changed', [capDerived(first)], record({ ...first, position: 11 }), []],
    ['records what has changed', [capDerived(first)], record(later), [capDerived(later)]],
    ['not what an observer saw that has fallen behind', [capDerived(later)], record(first), []],
    ['not what it saw under an older policy', [capDerived({ ...first, policyVersion: 1 })], record(later), []],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(when).then(then);
    });
  }
});
