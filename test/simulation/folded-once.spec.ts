import assert from 'node:assert/strict';
import type { Command, DomainEvent } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import { ObserveAlert } from '#alerts/commands/alerts.commands.js';
import { alertDecider } from '#alerts/domain/alert.js';
import { alertIdOf, alertStreamOf } from '#alerts/domain/alert-key.js';
import { alertEvent } from '#alerts/domain/alerts.events.js';
import { RecordCap } from '#caps/commands/caps.commands.js';
import { capPolicyDecider } from '#caps/domain/cap-policy.js';
import { capPolicyEvent, derivedCapEvent } from '#caps/domain/caps.events.js';
import { derivedCapDecider } from '#caps/domain/derived-cap.js';
import { groupEvent } from '#directory/domain/directory.events.js';
import { groupDecider } from '#directory/domain/group.js';
import type { StoredDecider } from '#event-sourcing/commands/execute.js';
import type { StreamState } from '#event-sourcing/view.js';
import { SetLimits } from '#fan-out/commands/limits.commands.js';
import { type LimitChanges, limitsDecider } from '#fan-out/domain/limits.js';
import { limitsEvent } from '#fan-out/domain/limits.events.js';
import { organisationEvent } from '#organisation/domain/organisation.events.js';
import { organisationDecider } from '#organisation/domain/organisation.js';
import { emptyDisk, type Process, startProcess } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20);
const key = { type: 'capThreshold', groupId: 'eng', userId: null, period: '2026-11', threshold: 0.8 } as const;
const alertId = alertIdOf(key);

const meta = (commandId: string) => ({ commandId, nowMs: beginsMs, actor: 'apiKey:test', reason: 'a test' });

/** Commands about every stream whose decider's state a view has, each twice at least. */
const commandsOf = (process: Process): readonly (() => Promise<unknown>)[] => {
  const { bus, capPolicies } = process;
  const period = process.views.organisation.calendar().periodOf(beginsMs);
  const recordCap = () => bus.execute(new RecordCap({ groupId: 'eng', period }, beginsMs));
  const setLimits = (limits: LimitChanges, id: string) =>
    bus.execute(new SetLimits({ groupId: 'eng', limits }, meta(id)));
  const observe = (verdict: 'holds' | 'clears') => {
    const seen = { holds: verdict === 'holds', clears: verdict === 'clears', because: 'spendFell', final: false };
    const observation = { ...key, ...seen, evidence: {}, fingerprint: 'f', position: process.feed.position };
    return bus.execute(new ObserveAlert(observation, beginsMs, 'system:test'));
  };
  const fixed = (capMicros: number) =>
    capPolicies.set('eng', { policy: { kind: 'fixed', capMicros } }, false, meta(`cap ${String(capMicros)}`));
  return [
    () => process.directory.putGroup({ groupId: 'eng', name: 'Eng' }, meta('g1')),
    () => process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, meta('g2')),
    () => process.organisation.configure({ name: 'Acme', holidays: { country: 'DE', added: [] } }, meta('o1')),
    () => process.organisation.configure({ closeDay: 7 }, meta('o2')),
    () => setLimits({ maxConcurrency: 3 }, 'l1'),
    () => setLimits({ paused: true }, 'l2'),
    () => fixed(1_000),
    recordCap,
    () => fixed(2_000),
    recordCap,
    () => capPolicies.topUp('eng', period, 5, meta('t1')),
    () => observe('holds'),
    () => observe('clears'),
    () => observe('holds'),
  ];
};

type Compared = (process: Process) => Promise<void>;

const compared =
  <C extends Command, S, E extends DomainEvent, Code extends string>(
    decider: StoredDecider<C, S, E, Code>,
    stream: string,
    inView: (views: Process['views']) => StreamState<S> | undefined,
  ): Compared =>
  async ({ log, views }) => {
    const events = await log.read(stream, 0, 100);
    assert.ok(events.length > 1, stream);
    const parsed = events.map(({ type, data }) => decider.event.parse({ type, data }));
    const state = parsed.reduce((before, event) => decider.evolve(before, event), decider.initial);
    const found = inView(views);
    assert.ok(found !== undefined, stream);
    assert.equal(found.revision, events.length - 1, stream);
    assert.deepEqual(JSON.parse(JSON.stringify(found.state)), JSON.parse(JSON.stringify(state)), stream);
  };

const everyStream: readonly Compared[] = [
  compared({ ...groupDecider, event: groupEvent }, 'group-eng', ({ directory }) => directory.groupStream('eng')),
  compared({ ...organisationDecider, event: organisationEvent }, 'organisation', ({ organisation }) =>
    organisation.streamState(),
  ),
  compared({ ...limitsDecider, event: limitsEvent }, 'limits-eng', ({ limits }) => limits.scope('eng')),
  compared({ ...capPolicyDecider, event: capPolicyEvent }, 'capPolicy-eng', ({ caps }) => caps.scope('eng')),
  compared({ ...derivedCapDecider, event: derivedCapEvent }, 'cap-eng-2026-11', ({ caps }) => {
    const found = caps.recordedState('eng', '2026-11');
    // A view may know more about it than is decided on.
    const [{ shape }] = derivedCapEvent.options;
    return found && { ...found, state: shape.data.strip().parse(found.state) };
  }),
  compared({ ...alertDecider, event: alertEvent }, alertStreamOf(alertId), ({ alerts }) => alerts.streamState(alertId)),
];

describe('what a command is decided on', () => {
  it('is what the views have folded: no event is read again for it', async () => {
    const process = await startProcess(emptyDisk(beginsMs));
    const read = process.log.read.bind(process.log);
    let events = 0;
    process.log.read = async (...asked) => {
      const found = await read(...asked);
      events += found.length;
      return found;
    };
    for (const command of commandsOf(process)) {
      const outcome = await command();
      if (isRefusal(outcome)) assert.fail(outcome.detail);
    }
    assert.equal(events, 0);
    assert.ok(process.feed.position >= commandsOf(process).length);
    await process.kill();
  });

  it('is what the log says, also after a restart from a snapshot', async () => {
    const disk = emptyDisk(beginsMs);
    const process = await startProcess(disk);
    for (const command of commandsOf(process)) await command();
    for (const compare of everyStream) await compare(process);
    await process.snapshot();
    await process.kill();
    const next = await startProcess(disk);
    for (const compare of everyStream) await compare(next);
    await next.kill();
  });
});
