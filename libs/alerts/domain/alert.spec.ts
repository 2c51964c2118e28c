import assert from 'node:assert/strict';
import { givenFor, refusal, type Then } from '#test/support/given.js';
import type { AlertsCode } from './alerts.codes.js';
import { alertDecider, suppressedMs, type AlertCommand, type ObservedAlert } from './alert.js';
import { alertIdOf } from './alert-key.js';
import { alertEvent, type AlertEvent } from './alerts.events.js';

const key = { type: 'capThreshold', groupId: 'eng', userId: null, period: '2026-11', threshold: 0.8 } as const;
const alertId = alertIdOf(key);
const evidence = { spentMicros: 8 };
const meta = (nowMs: number) => ({ commandId: 'c', nowMs, actor: 'system:test', reason: '' });

const observed = (changes: Partial<ObservedAlert>, nowMs = 0): AlertCommand => {
  const calm = { holds: false, clears: false, because: 'conditionCleared', final: false };
  const data = { ...key, ...calm, evidence, fingerprint: 'f', position: 1, alertId, ...changes };
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

const about = { alertId, groupId: 'eng' };
type Raised = Extract<AlertEvent, { type: 'AlertRaised' }>['data'];
const raised = (episode: number, position: number, more: Partial<Raised> = {}): AlertEvent => {
  const importance = { severity: 'warning', routing: 'notify' } as const;
  const data = { alertId, ...key, ...importance, evidence, fingerprint: 'f', episode, position, ...more };
  return { type: 'AlertRaised', data };
};
const updated = (episode: number, position: number, fingerprint: string): AlertEvent => ({
  type: 'AlertUpdated',
  data: { ...about, episode, evidence, fingerprint, position },
});
const acknowledged = (episode: number): AlertEvent => ({ type: 'AlertAcknowledged', data: { ...about, episode } });
const resolved = (episode: number, position: number, because = 'spendVoided'): AlertEvent => {
  const how = { because, muted: because === 'person', final: because === 'monthOver' };
  return { type: 'AlertResolved', data: { ...about, episode, ...how, position } };
};
const unmuted = (position: number): AlertEvent => ({ type: 'AlertUnmuted', data: { ...about, position } });
const feedbackGiven = (
  episode: number,
  said: 'useful' | 'expected' | 'noise',
  suppressedUntil: string | null = null,
): AlertEvent => ({
  type: 'AlertFeedbackGiven',
  data: { ...about, episode, feedback: said, note: null, suppressedUntil },
});

const given = givenFor(alertDecider);
type Step = readonly [when: AlertCommand, then: Then<AlertEvent, AlertsCode>];

const stories: Readonly<Record<string, readonly Step[]>> = {
  'raised once while it holds': [
    [holds(1), [raised(1, 1)]],
    [holds(2), []],
    [holds(3), []],
  ],
  'never raised by what does not hold': [
    [between(1), []],
    [clears(2), []],
    [monthOver(3), []],
  ],
  'updated when what matters has changed, and only then': [
    [holds(1, 'a'), [raised(1, 1, { fingerprint: 'a' })]],
    [holds(2, 'b'), [updated(1, 2, 'b')]],
    [holds(3, 'b'), []],
    [holds(4, 'a'), [updated(1, 4, 'a')]],
  ],
  'resolved when the cause is gone, and raised again as a new episode': [
    [holds(1), [raised(1, 1)]],
    [clears(2, 'capRaised'), [resolved(1, 2, 'capRaised')]],
    [clears(3), []],
    [holds(4), [raised(2, 4)]],
  ],
  'quiet while it hovers between the bar and where it clears': [
    [holds(1), [raised(1, 1)]],
    [between(2), []],
    [holds(3), []],
    [between(4), []],
    [clears(5, 'conditionCleared'), [resolved(1, 5, 'conditionCleared')]],
    [between(6), []],
    [holds(7), [raised(2, 7)]],
  ],
  'not moved by an observation at the same position, whatever it says': [
    [holds(5), [raised(1, 5)]],
    [holds(5, 'other'), []],
    [clears(5), []],
    [clears(6), [resolved(1, 6)]],
    [holds(6), []],
  ],
  'not raised by a process that was stopped while another resolved it': [
    [holds(10), [raised(1, 10)]],
    [clears(20), [resolved(1, 20)]],
    [holds(15), []],
    [holds(20), []],
  ],
  'not resolved by a process that was stopped before another raised it': [
    [holds(10), [raised(1, 10)]],
    [clears(9), []],
  ],
  'muted by a person until the condition was false once': [
    [holds(1), [raised(1, 1)]],
    [resolve(2), [resolved(1, 2, 'person')]],
    [holds(3, 'other'), []],
    [between(4), []],
    [clears(5), [unmuted(5)]],
    [clears(6), []],
    [holds(7), [raised(2, 7)]],
  ],
  'not unmuted by what was seen before the person resolved it': [
    [holds(1), [raised(1, 1)]],
    [resolve(9), [resolved(1, 9, 'person')]],
    [clears(8), []],
    [clears(9), []],
    [holds(10), []],
    [clears(11), [unmuted(11)]],
  ],
  'not raised by what was seen before it was unmuted': [
    [holds(1), [raised(1, 1)]],
    [resolve(2), [resolved(1, 2, 'person')]],
    [clears(8), [unmuted(8)]],
    [holds(7), []],
  ],
  'acknowledged once, and still open': [
    [holds(1), [raised(1, 1)]],
    [acknowledge, [acknowledged(1)]],
    [acknowledge, []],
    [holds(2, 'other'), [updated(1, 2, 'other')]],
    [acknowledge, []],
    [clears(3), [resolved(1, 3)]],
    [acknowledge, refusal('alertNotOpen')],
    [resolve(4), refusal('alertNotOpen')],
  ],
  'to be acknowledged again in a new episode': [
    [holds(1), [raised(1, 1)]],
    [acknowledge, [acknowledged(1)]],
    [clears(2), [resolved(1, 2)]],
    [holds(3), [raised(2, 3)]],
    [acknowledge, [acknowledged(2)]],
  ],
  'unknown before it was ever raised': [
    [acknowledge, refusal('unknownAlert')],
    [resolve(1), refusal('unknownAlert')],
    [feedback('expected'), refusal('unknownAlert')],
  ],
  'over with its month, for good': [
    [holds(1), [raised(1, 1)]],
    [monthOver(2), [resolved(1, 2, 'monthOver')]],
    [monthOver(3), []],
    [holds(4), []],
    [clears(5), []],
    [feedback('useful'), [feedbackGiven(1, 'useful')]],
  ],
  'silent at the end of the month when a person has resolved it': [
    [holds(1), [raised(1, 1)]],
    [resolve(2), [resolved(1, 2, 'person')]],
    [monthOver(3), []],
  ],
  'suppressed for 7 days by the feedback expected, and not a millisecond longer': [
    [holds(1), [raised(1, 1)]],
    [feedback('expected', 1_000), [feedbackGiven(1, 'expected', '1970-01-08T00:00:01.000Z')]],
    [holds(2, 'other', 2_000), [updated(1, 2, 'other')]],
    [clears(3), [resolved(1, 3)]],
    [holds(4, 'f', 1_000 + suppressedMs - 1), []],
    [holds(4, 'f', 1_000 + suppressedMs), [raised(2, 4)]],
  ],
  'not suppressed by other feedback': [
    [holds(1), [raised(1, 1)]],
    [feedback('noise'), [feedbackGiven(1, 'noise')]],
    [feedback('useful'), [feedbackGiven(1, 'useful')]],
    [clears(2), [resolved(1, 2)]],
    [holds(3), [raised(2, 3)]],
  ],
};

describe('an alert is', () => {
  for (const [name, steps] of Object.entries(stories)) {
    it(name, () => {
      let alert = given([]);
      for (const [when, then] of steps) {
        // The state comes from the log every time: a restart between any two steps changes nothing.
        alert = given(alert.events).when(when).then(then);
      }
      for (const event of alert.events) assert.deepEqual(alertEvent.parse(event), event);
    });
  }

  it('raised once for each threshold that one record jumps over, each as severe as it is', () => {
    const table = [
      [0.5, 'capThreshold:eng:*:2026-11:0.5', 'info', 'digest'],
      [0.8, 'capThreshold:eng:*:2026-11:0.8', 'warning', 'notify'],
      [1, 'capThreshold:eng:*:2026-11:1', 'critical', 'notify'],
    ] as const;
    for (const [threshold, id, severity, routing] of table) {
      const data = { threshold, holds: true, position: 3, alertId: alertIdOf({ ...key, threshold }) };
      given([])
        .when(observed(data))
        .then([raised(1, 3, { alertId: id, threshold, severity, routing })]);
    }
  });

  it('not asked to hold and to be gone at once', () => {
    assert.throws(() => given([]).when(observed({ holds: true, clears: true })), /cannot hold and be gone at once/);
  });
});
