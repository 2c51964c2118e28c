import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import { emptyDisk, type Process, startProcess } from '#test/simulation/process.js';
import { alertDecider, suppressedMs } from '../domain/alert.js';
import { type AlertKey, alertIdOf, alertStreamOf } from '../domain/alert-key.js';
import { alertEvent } from '../domain/alerts.events.js';
import { GiveFeedback, ObserveAlert, ResolveAlert } from './alerts.commands.js';

const beginsMs = Date.UTC(2026, 10, 20);
/** After so long a resolved alert is forgotten by the next thing that happens. */
const forgottenMs = beginsMs + 401 * millisecondsInDay;

const keyOf = (groupId: string): AlertKey => ({
  ...{ type: 'capThreshold', userId: null, period: '2026-11', threshold: 0.8 },
  groupId,
});
const alertId = alertIdOf(keyOf('eng'));

const tools = (process: Process) => {
  const { bus } = process;
  const meta = (what: string, nowMs: number) => ({ commandId: what, nowMs, actor: 'apiKey:test', reason: '' });
  const look = async (
    verdict: 'holds' | 'clears',
    nowMs: number,
    groupId = 'eng',
    fingerprint = 'f',
  ): Promise<void> => {
    const { position } = process.feed;
    const seen = { holds: verdict === 'holds', clears: verdict === 'clears', because: 'spendFell', final: false };
    // One position further than anything that was acted on.
    const observation = { ...keyOf(groupId), ...seen, evidence: {}, fingerprint, position: position + 1 };
    assert.ok(!isRefusal(await bus.execute(new ObserveAlert(observation, nowMs, 'system:test'))));
  };
  /** What the log says of the alert. */
  const eventsOf = async (groupId = 'eng') =>
    (await process.log.read(alertStreamOf(alertIdOf(keyOf(groupId))), 0, 100)).map(({ type, data }) =>
      alertEvent.parse({ type, data }),
    );
  return {
    look,
    eventsOf,
    view: process.views.alerts,
    types: async () => (await eventsOf()).map(({ type }) => type.replace('Alert', '')),
    resolve: (nowMs: number) => bus.execute(new ResolveAlert({ alertId }, meta('resolve', nowMs))),
    expect: (nowMs: number) =>
      bus.execute(new GiveFeedback({ alertId, feedback: 'expected', note: null }, meta('expected', nowMs))),
  };
};

describe('an alert that the view has forgotten', () => {
  it('stays muted, and is raised again as its next episode', async () => {
    const process = await startProcess(emptyDisk(beginsMs));
    const { look, view, types, resolve, eventsOf } = tools(process);
    await look('holds', beginsMs);
    assert.ok(!isRefusal(await resolve(beginsMs)));
    await look('holds', forgottenMs, 'ops');
    assert.deepEqual([view.state(alertId), view.streamState(alertId)], [undefined, undefined]);
    await look('holds', forgottenMs);
    assert.deepEqual(await types(), ['Raised', 'Resolved']);
    await look('clears', forgottenMs);
    await look('holds', forgottenMs);
    assert.deepEqual(await types(), ['Raised', 'Resolved', 'Unmuted', 'Raised']);
    assert.equal(view.state(alertId)?.episode, 2);
    const again = await resolve(forgottenMs);
    assert.deepEqual(again, { revision: 4, repeated: false });
    const last = (await eventsOf()).at(-1);
    assert.ok(last?.type === 'AlertResolved' && last.data.episode === 2);
    await process.kill();
  });

  it('is suppressed for as long as somebody has said, when it was raised again since', async () => {
    const process = await startProcess(emptyDisk(beginsMs));
    const { look, view, types, expect } = tools(process);
    await look('holds', beginsMs);
    assert.ok(!isRefusal(await expect(forgottenMs)));
    await look('clears', beginsMs);
    await look('holds', forgottenMs, 'ops');
    assert.equal(view.state(alertId), undefined);
    await look('holds', forgottenMs + suppressedMs);
    await look('clears', forgottenMs + suppressedMs);
    const told = ['Raised', 'FeedbackGiven', 'Resolved', 'Raised', 'Resolved'];
    assert.deepEqual(await types(), told);
    assert.equal(view.streamState(alertId), undefined, 'not all of its stream is in the view');
    // Another process, whose clock is behind.
    await look('holds', forgottenMs + suppressedMs - 1);
    assert.deepEqual(await types(), told);
    await process.kill();
  });
});

describe('the view of alerts', () => {
  it('has what is decided on, event by event, also after a restart from a snapshot', async () => {
    const disk = emptyDisk(beginsMs);
    const process = await startProcess(disk);
    const { look, view, resolve, expect, eventsOf } = tools(process);
    const compare = async (groupId: string, kept = view): Promise<void> => {
      const events = await eventsOf(groupId);
      assert.deepEqual(kept.streamState(alertIdOf(keyOf(groupId))), {
        state: events.reduce(alertDecider.evolve, alertDecider.initial),
        revision: events.length - 1,
      });
    };
    const steps: readonly (() => Promise<unknown>)[] = [
      () => look('holds', beginsMs),
      () => look('holds', beginsMs, 'eng', 'g'),
      () => resolve(beginsMs),
      () => look('clears', beginsMs),
      () => look('holds', beginsMs),
      () => expect(beginsMs),
      () => look('clears', beginsMs),
    ];
    await look('holds', beginsMs, 'ops');
    for (const [done, step] of steps.entries()) {
      await step();
      assert.equal((await eventsOf()).length, done + 1);
      await compare('eng');
    }
    await process.snapshot();
    await process.kill();
    const next = await startProcess(disk);
    assert.deepEqual(next.views.alerts.save(), view.save());
    const again = tools(next);
    assert.deepEqual(again.view.streamState(alertId), view.streamState(alertId));
    await again.look('clears', beginsMs, 'ops');
    assert.equal((await again.eventsOf('ops')).at(-1)?.type, 'AlertResolved');
    await next.kill();
  });
});
