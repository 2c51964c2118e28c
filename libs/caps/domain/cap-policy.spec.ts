import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import type { KernelCode } from '#kernel/kernel.codes.js';
import { isRefusal } from '#kernel/refusal.js';
import { givenFor, refusal, type Then } from '#test/support/given.js';
import type { CapsCode } from './caps.codes.js';
import { type CapPolicyCommand, capPolicyDecider, defaultSettings } from './cap-policy.js';

type SetCapPolicy = Extract<CapPolicyCommand, { readonly type: 'SetCapPolicy' }>;
type TopUpCap = Extract<CapPolicyCommand, { readonly type: 'TopUpCap' }>;
import { capPolicyEvent, type CapPolicyEvent, type CapSettings } from './caps.events.js';

const shownAtMs = Date.UTC(2026, 0, 1);
const meta = { commandId: 'c1', nowMs: shownAtMs + 10 * millisecondsInDay, actor: 'apiKey:k1', reason: 'because' };
const set = (settings: Partial<CapSettings>, more: Partial<SetCapPolicy['data']> = {}, at = meta): SetCapPolicy => ({
  type: 'SetCapPolicy',
  data: { groupId: 'eng', settings, firstShownAtMs: shownAtMs, overrideFirstQuarter: false, ...more },
  meta: at,
});
const given = givenFor(capPolicyDecider);
const chosen = (settings: Partial<CapSettings>): CapPolicyEvent => ({
  type: 'CapPolicySet',
  data: { groupId: 'eng', settings: { ...defaultSettings, ...settings } },
});
const multiple = (multipleBasisPoints: number, limits = {}) =>
  ({ policy: { kind: 'priorMonthMultiple', multipleBasisPoints, ...limits } }) as const;

describe('SetCapPolicy', () => {
  const refused: readonly [what: string, settings: Partial<CapSettings>, code: CapsCode][] = [
    ['a multiple of 0', multiple(0), 'invalidMultiple'],
    ['a negative multiple', multiple(-13_000), 'invalidMultiple'],
    ['a multiple above 1000', multiple(10_000_001), 'invalidMultiple'],
    ['a floor above the ceiling', multiple(13_000, { floorMicros: 2, ceilingMicros: 1 }), 'floorAboveCeiling'],
    ['thresholds out of order', { thresholdsBasisPoints: [8_000, 5_000] }, 'invalidThresholds'],
    ['a threshold twice', { thresholdsBasisPoints: [5_000, 5_000] }, 'invalidThresholds'],
    ['a threshold of 0', { thresholdsBasisPoints: [0, 5_000] }, 'invalidThresholds'],
    ['a threshold above 10', { thresholdsBasisPoints: [100_001] }, 'invalidThresholds'],
    ['21 thresholds', { thresholdsBasisPoints: Array.from({ length: 21 }, (_, at) => at + 1) }, 'invalidThresholds'],
    ['a user share of 0', { userShareBasisPoints: 0 }, 'invalidUserShare'],
    ['a user share above 1', { userShareBasisPoints: 10_001 }, 'invalidUserShare'],
  ];
  for (const [what, settings, code] of refused) {
    it(`refuses ${what} with ${code}`, () => {
      given([]).when(set(settings)).then(refusal(code));
    });
  }

  it('leaves alone what it does not name, and says nothing when nothing changes', () => {
    const first = chosen(multiple(15_000));
    given([])
      .when(set(multiple(15_000)))
      .then([first])
      .when(set(multiple(15_000)))
      .then([])
      .when(set({ enforcement: 'observe' }))
      .then([chosen({ ...multiple(15_000), enforcement: 'observe' })]);
  });

  const quarter = 90 * millisecondsInDay;
  const enforce = (more: Partial<SetCapPolicy['data']>, at = meta) => set({ enforcement: 'enforce' }, more, at);
  const granted = [chosen({ enforcement: 'enforce' })];
  const enforcing: readonly [what: string, when: SetCapPolicy, then: Then<CapPolicyEvent, CapsCode | KernelCode>][] = [
    ['90 days after it was shown', enforce({}, { ...meta, nowMs: shownAtMs + quarter }), granted],
    ['a millisecond too early', enforce({}, { ...meta, nowMs: shownAtMs + quarter - 1 }), refusal('enforceTooEarly')],
    ['never shown', enforce({ firstShownAtMs: null }), refusal('enforceTooEarly')],
    ['early with an override and a reason', enforce({ overrideFirstQuarter: true }), granted],
    [
      'early with an override and no reason',
      enforce({ overrideFirstQuarter: true }, { ...meta, reason: '' }),
      refusal('reasonMissing'),
    ],
  ];
  for (const [what, when, then] of enforcing) {
    it(`enforce, ${what}: ${'code' in then ? then.code : 'granted'}`, () => {
      given([]).when(when).then(then);
    });
  }

  it('keeps what is enforced of a new group when it gets a policy of its own, and stores it', () => {
    given([])
      .when(set(multiple(20_000), { enforcementInForce: 'enforce' }))
      .then([chosen({ enforcement: 'enforce', ...multiple(20_000) })]);
    given([])
      .when(set({ ...multiple(20_000), enforcement: 'alert' }, { enforcementInForce: 'enforce' }))
      .then([chosen(multiple(20_000))]);
  });

  it('lets what is enforced be edited without another override', () => {
    given(granted)
      .when(set(multiple(20_000)))
      .then([chosen({ enforcement: 'enforce', ...multiple(20_000) })]);
  });
});

describe('TopUpCap', () => {
  const topUp = (amountMicros: number, period = '2026-11', reason = 'launch'): TopUpCap => ({
    type: 'TopUpCap',
    data: { groupId: 'eng', period, amountMicros, currentPeriod: '2026-11' },
    meta: { ...meta, reason },
  });

  it('adds up, month by month', () => {
    const first: CapPolicyEvent = { type: 'CapToppedUp', data: { groupId: 'eng', period: '2026-11', amountMicros: 5 } };
    const twice = given([]).when(topUp(5)).then([first]).when(topUp(5)).then([first]);
    assert.deepEqual(twice.state.topUps, { '2026-11': 10 });
  });

  const refused: readonly [what: string, when: TopUpCap, code: CapsCode | KernelCode][] = [
    ['0', topUp(0), 'invalidAmount'],
    ['a negative amount', topUp(-1), 'invalidAmount'],
    ['a fraction', topUp(0.5), 'invalidAmount'],
    ['NaN', topUp(Number.NaN), 'invalidAmount'],
    ['Infinity', topUp(Infinity), 'invalidAmount'],
    ['2^53', topUp(2 ** 53), 'invalidAmount'],
    ['a month that is over', topUp(1, '2026-10'), 'periodOver'],
    ['no reason', topUp(1, '2026-11', ''), 'reasonMissing'],
  ];
  for (const [what, when, code] of refused) {
    it(`refuses ${what} with ${code}`, () => {
      given([]).when(when).then(refusal(code));
    });
  }

  it('never passes 2^53 - 1 in a month, in whatever pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { maxLength: 5 }), (amounts) => {
        let cap = given([]);
        for (const amount of amounts) {
          const { outcome } = cap.when(topUp(amount));
          if (isRefusal(outcome)) continue;
          for (const event of outcome) assert.deepEqual(capPolicyEvent.parse(event), event);
          cap = cap.and(outcome);
        }
        assert.ok(Number.isSafeInteger(cap.state.topUps['2026-11'] ?? 0));
      }),
    );
  });
});
