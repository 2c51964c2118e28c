import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import { alertDecider, suppressedMs, type Alert, type AlertCommand } from './alert.js';
import { alertIdOf } from './alert-key.js';
import { alertEvent, type AlertEvent } from './alerts.events.js';
import type { Observation } from './observation.js';

const key = { type: 'capThreshold', groupId: 'eng', userId: null, period: '2026-11', threshold: 0.8 } as const;
const alertId = alertIdOf(key);
const meta = (nowMs: number) => ({ commandId: 'c', nowMs, actor: 'system:test', reason: '' });

/** What is done, and which events it leads to. */
type Step = readonly [command: AlertCommand, then: string];

const observed = (changes: Partial<Observation>, nowMs = 0): AlertCommand => {
  const evidence = { spentMicros: 8 };
  const calm = { holds: false, clears: false, because: 'conditionCleared', final: false };
  const data = { ...key, ...calm, evidence, fingerprint: 'f', position: 1, ...changes, alertId };
  return { type: 'ObserveAlert', data, meta: meta(nowMs) };
};
const holds = (position: number, fingerprint = 'f', nowMs = 0) =>
  observed({ holds: true, position, fingerprint }, nowMs);
const clears = (position: number, because = 'spendVoided') => observed({ clears: true, position, because });
const between = (position: number) => observed({ position });
const monthOver = (position: number) => observed({ clears: true, final: true, because: 'monthOver', position });
const acknowledge: AlertCommand = { type: 'AcknowledgeAlert', data: { alertId }, meta: meta(0) };
const resolve = (position: number): AlertCommand => ({
  type: 'ResolveAlert',
  data: { alertId, position },
  meta: meta(0),
});
const feedback = (said: 'useful' | 'expected' | 'noise', nowMs = 0): AlertCommand => ({
  type: 'GiveFeedback',
  data: { alertId, feedback: said, note: null },
  meta: meta(nowMs),
});

const brief = ({ type, data }: AlertEvent): string =>
  [type, 'episode' in data ? String(data.episode) : '', 'because' in data ? data.because : '']
    .filter(Boolean)
    .join(' ');

const decided = (command: AlertCommand, alert: Alert): readonly AlertEvent[] | string => {
  const outcome = alertDecider.decide(command, alert);
  return isRefusal(outcome) ? outcome.code : outcome;
};

const stories: Readonly<Record<string, readonly Step[]>> = {
  'raised once while it holds': [
    [holds(1), 'AlertRaised 1'],
    [holds(2), ''],
    [holds(3), ''],
  ],
  'never raised by what does not hold': [
    [between(1), ''],
    [clears(2), ''],
    [monthOver(3), ''],
  ],
  'updated when what matters has changed, and only then': [
    [holds(1, 'a'), 'AlertRaised 1'],
    [holds(2, 'b'), 'AlertUpdated 1'],
    [holds(3, 'b'), ''],
    [holds(4, 'a'), 'AlertUpdated 1'],
  ],
  'resolved when the cause is gone, and raised again as a new episode': [
    [holds(1), 'AlertRaised 1'],
    [clears(2, 'capRaised'), 'AlertResolved 1 capRaised'],
    [clears(3), ''],
    [holds(4), 'AlertRaised 2'],
  ],
  'quiet while it hovers between the bar and where it clears': [
    [holds(1), 'AlertRaised 1'],
    [between(2), ''],
    [holds(3), ''],
    [between(4), ''],
    [clears(5, 'conditionCleared'), 'AlertResolved 1 conditionCleared'],
    [between(6), ''],
    [holds(7), 'AlertRaised 2'],
  ],
  'not moved by an observation at the same position, whatever it says': [
    [holds(5), 'AlertRaised 1'],
    [holds(5, 'other'), ''],
    [clears(5), ''],
    [clears(6), 'AlertResolved 1 spendVoided'],
    [holds(6), ''],
  ],
  'not raised by a process that was stopped while another resolved it': [
    [holds(10), 'AlertRaised 1'],
    [clears(20), 'AlertResolved 1 spendVoided'],
    [holds(15), ''],
    [holds(20), ''],
  ],
  'not resolved by a process that was stopped before another raised it': [
    [holds(10), 'AlertRaised 1'],
    [clears(9), ''],
  ],
  'muted by a person until the condition was false once': [
    [holds(1), 'AlertRaised 1'],
    [resolve(2), 'AlertResolved 1 person'],
    [holds(3, 'other'), ''],
    [between(4), ''],
    [clears(5), 'AlertUnmuted'],
    [clears(6), ''],
    [holds(7), 'AlertRaised 2'],
  ],
  'not unmuted by what was seen before the person resolved it': [
    [holds(1), 'AlertRaised 1'],
    [resolve(9), 'AlertResolved 1 person'],
    [clears(8), ''],
    [clears(9), ''],
    [holds(10), ''],
    [clears(11), 'AlertUnmuted'],
  ],
  'not raised by what was seen before it was unmuted': [
    [holds(1), 'AlertRaised 1'],
    [resolve(2), 'AlertResolved 1 person'],
    [clears(8), 'AlertUnmuted'],
    [holds(7), ''],
  ],
  'acknowledged once, and still open': [
    [holds(1), 'AlertRaised 1'],
    [acknowledge, 'AlertAcknowledged 1'],
    [acknowledge, ''],
    [holds(2, 'other'), 'AlertUpdated 1'],
    [acknowledge, ''],
    [clears(3), 'AlertResolved 1 spendVoided'],
    [acknowledge, 'alertNotOpen'],
    [resolve(4), 'alertNotOpen'],
  ],
  'to be acknowledged again in a new episode': [
    [holds(1), 'AlertRaised 1'],
    [acknowledge, 'AlertAcknowledged 1'],
    [clears(2), 'AlertResolved 1 spendVoided'],
    [holds(3), 'AlertRaised 2'],
    [acknowledge, 'AlertAcknowledged 2'],
  ],
  'unknown before it was ever raised': [
    [acknowledge, 'unknownAlert'],
    [resolve(1), 'unknownAlert'],
    [feedback('expected'), 'unknownAlert'],
  ],
  'over with its month, for good': [
    [holds(1), 'AlertRaised 1'],
    [monthOver(2), 'AlertResolved 1 monthOver'],
    [monthOver(3), ''],
    [holds(4), ''],
    [clears(5), ''],
    [feedback('useful'), 'AlertFeedbackGiven 1'],
  ],
  'silent at the end of the month when a person has resolved it': [
    [holds(1), 'AlertRaised 1'],
    [resolve(2), 'AlertResolved 1 person'],
    [monthOver(3), ''],
  ],
  'suppressed for 7 days by the feedback expected, and not a millisecond longer': [
    [holds(1), 'AlertRaised 1'],
    [feedback('expected', 1_000), 'AlertFeedbackGiven 1'],
    [holds(2, 'other', 2_000), 'AlertUpdated 1'],
    [clears(3), 'AlertResolved 1 spendVoided'],
    [holds(4, 'f', 1_000 + suppressedMs - 1), ''],
    [holds(4, 'f', 1_000 + suppressedMs), 'AlertRaised 2'],
  ],
  'not suppressed by other feedback': [
    [holds(1), 'AlertRaised 1'],
    [feedback('noise'), 'AlertFeedbackGiven 1'],
    [feedback('useful'), 'AlertFeedbackGiven 1'],
    [clears(2), 'AlertResolved 1 spendVoided'],
    [holds(3), 'AlertRaised 2'],
  ],
};

describe('an alert is', () => {
  for (const [name, steps] of Object.entries(stories)) {
    it(name, () => {
      const log: AlertEvent[] = [];
      for (const [command, then] of steps) {
        // The state comes from the log every time: a restart between any two steps changes nothing.
        const outcome = decided(command, log.reduce(alertDecider.evolve, alertDecider.initial));
        assert.equal(typeof outcome === 'string' ? outcome : outcome.map(brief).join(), then);
        if (typeof outcome === 'string') continue;
        for (const event of outcome) assert.deepEqual(alertEvent.parse(event), event);
        log.push(...outcome);
      }
    });
  }

  it('raised once for each threshold that one record jumps over, each as severe as it is', () => {
    const raised = [0.5, 0.8, 1].map((threshold) => {
      const data = { ...key, threshold, holds: true, clears: false, because: '', final: false };
      const seen = { evidence: { spentMicros: 100 }, fingerprint: 'f', position: 3 };
      const id = alertIdOf({ ...key, threshold });
      const command = { type: 'ObserveAlert', data: { ...data, ...seen, alertId: id }, meta: meta(0) } as const;
      const [event] = alertDecider.decide(command, alertDecider.initial) as readonly AlertEvent[];
      assert.ok(event.type === 'AlertRaised');
      return [event.data.alertId, event.data.severity, event.data.routing];
    });
    assert.deepEqual(raised, [
      ['capThreshold:eng:*:2026-11:0.5', 'info', 'digest'],
      ['capThreshold:eng:*:2026-11:0.8', 'warning', 'notify'],
      ['capThreshold:eng:*:2026-11:1', 'critical', 'notify'],
    ]);
  });

  it('not asked to hold and to be gone at once', () => {
    assert.throws(() => alertDecider.decide(observed({ holds: true, clears: true }), alertDecider.initial));
  });
});
