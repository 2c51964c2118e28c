import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dayMs } from '#kernel/days.js';
import { isRefusal, type RefusalCode } from '#kernel/refusal.js';
import { capPolicyDecider, type CapPolicyState, defaultSettings, type SetCapPolicy } from './cap-policy.js';
import { capPolicyEvent, type CapPolicyEvent, type CapSettings } from './caps.events.js';

const shownAtMs = Date.UTC(2026, 0, 1);
const meta = { commandId: 'c1', nowMs: shownAtMs + 10 * dayMs, actor: 'apiKey:k1', reason: 'because' };
const set = (settings: Partial<CapSettings>, more: Partial<SetCapPolicy['data']> = {}, at = meta): SetCapPolicy => ({
  type: 'SetCapPolicy',
  data: { groupId: 'eng', settings, firstShownAtMs: shownAtMs, overrideFirstQuarter: false, ...more },
  meta: at,
});
const after = (past: readonly CapPolicyEvent[]): CapPolicyState =>
  past.reduce(capPolicyDecider.evolve, capPolicyDecider.initial);
const chosen = (settings: Partial<CapSettings>): CapPolicyEvent => ({
  type: 'CapPolicySet',
  data: { groupId: 'eng', settings: { ...defaultSettings, ...settings } },
});
const multiple = (multipleBasisPoints: number, limits = {}) =>
  ({ policy: { kind: 'priorMonthMultiple', multipleBasisPoints, ...limits } }) as const;

const codeOf = (outcome: ReturnType<typeof capPolicyDecider.decide>): RefusalCode | undefined =>
  isRefusal(outcome) ? outcome.code : undefined;

describe('SetCapPolicy', () => {
  const refused: readonly [what: string, settings: Partial<CapSettings>, code: RefusalCode][] = [
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
      assert.equal(codeOf(capPolicyDecider.decide(set(settings), capPolicyDecider.initial)), code);
    });
  }

  it('leaves alone what it does not name, and says nothing when nothing changes', () => {
    const first = chosen(multiple(15_000));
    assert.deepEqual(capPolicyDecider.decide(set(multiple(15_000)), capPolicyDecider.initial), [first]);
    assert.deepEqual(capPolicyDecider.decide(set(multiple(15_000)), after([first])), []);
    assert.deepEqual(capPolicyDecider.decide(set({ enforcement: 'observe' }), after([first])), [
      chosen({ ...multiple(15_000), enforcement: 'observe' }),
    ]);
  });

  const quarter = 90 * dayMs;
  const enforcing: readonly [what: string, given: SetCapPolicy, then: RefusalCode | undefined][] = [
    [
      '90 days after it was shown',
      set({ enforcement: 'enforce' }, {}, { ...meta, nowMs: shownAtMs + quarter }),
      undefined,
    ],
    [
      'a millisecond too early',
      set({ enforcement: 'enforce' }, {}, { ...meta, nowMs: shownAtMs + quarter - 1 }),
      'enforceTooEarly',
    ],
    ['never shown', set({ enforcement: 'enforce' }, { firstShownAtMs: null }), 'enforceTooEarly'],
    ['early with an override and a reason', set({ enforcement: 'enforce' }, { overrideFirstQuarter: true }), undefined],
    [
      'early with an override and no reason',
      set({ enforcement: 'enforce' }, { overrideFirstQuarter: true }, { ...meta, reason: '' }),
      'reasonMissing',
    ],
  ];
  for (const [what, command, then] of enforcing) {
    it(`enforce, ${what}: ${then ?? 'granted'}`, () => {
      assert.equal(codeOf(capPolicyDecider.decide(command, capPolicyDecider.initial)), then);
    });
  }

  it('lets what is enforced be edited without another override', () => {
    const enforced = after([chosen({ enforcement: 'enforce' })]);
    assert.equal(codeOf(capPolicyDecider.decide(set(multiple(20_000)), enforced)), undefined);
  });
});

describe('TopUpCap', () => {
  const topUp = (amountMicros: number, period = '2026-11', reason = 'launch') =>
    ({
      type: 'TopUpCap',
      data: { groupId: 'eng', period, amountMicros, currentPeriod: '2026-11' },
      meta: { ...meta, reason },
    }) as const;

  it('adds up, month by month', () => {
    const first: CapPolicyEvent = { type: 'CapToppedUp', data: { groupId: 'eng', period: '2026-11', amountMicros: 5 } };
    assert.deepEqual(capPolicyDecider.decide(topUp(5), capPolicyDecider.initial), [first]);
    assert.deepEqual(after([first, first]).topUps, { '2026-11': 10 });
  });

  const refused: readonly [what: string, command: ReturnType<typeof topUp>, code: RefusalCode][] = [
    ['0', topUp(0), 'invalidAmount'],
    ['a negative amount', topUp(-1), 'invalidAmount'],
    ['a fraction', topUp(0.5), 'invalidAmount'],
    ['NaN', topUp(Number.NaN), 'invalidAmount'],
    ['Infinity', topUp(Infinity), 'invalidAmount'],
    ['2^53', topUp(2 ** 53), 'invalidAmount'],
    ['a month that is over', topUp(1, '2026-10'), 'periodOver'],
    ['no reason', topUp(1, '2026-11', ''), 'reasonMissing'],
  ];
  for (const [what, command, code] of refused) {
    it(`refuses ${what} with ${code}`, () => {
      assert.equal(codeOf(capPolicyDecider.decide(command, capPolicyDecider.initial)), code);
    });
  }

  it('never passes 2^53 - 1 in a month, in whatever pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { maxLength: 5 }), (amounts) => {
        let state = capPolicyDecider.initial;
        for (const amount of amounts) {
          const events = capPolicyDecider.decide(topUp(amount), state);
          if (isRefusal(events)) continue;
          for (const event of events) assert.deepEqual(capPolicyEvent.parse(event), event);
          state = events.reduce(capPolicyDecider.evolve, state);
        }
        assert.ok(Number.isSafeInteger(state.topUps['2026-11'] ?? 0));
      }),
    );
  });
});
