import assert from 'node:assert/strict';
import { millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { fanOutsDenied } from '#fan-out/domain/denials.events.js';
import type { FanOutRequest } from '#fan-out/commands/fan-out-request.js';
import { highestMicros, poisonMicros, poisonWith } from '#test/support/poison.js';
import { type Admitting, startAdmitting } from './admitting.js';
import { type Disk, emptyDisk } from './process.js';
import { everyEvent, hashOf } from './replays.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
let commands = 0;
const meta = () => ({ commandId: `m${String(++commands)}`, nowMs: beginsMs, actor: 'apiKey:test', reason: 'a test' });

const begin = async (atMs = beginsMs) => {
  const disk = emptyDisk(atMs);
  const process = await startAdmitting(disk);
  assert.ok(!isRefusal(await process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, meta())));
  return { disk, process };
};
const ask = async (process: Admitting, changes: Partial<FanOutRequest>) => {
  const requestId = `q${String(++commands)}`;
  const wanted = { requestId, groupId: 'eng', userId: 'ana', taskId: `t-${requestId}`, items: 1, ...changes };
  const answer = await process.fanOuts.ask({ estimatedCostMicrosPerItem: 100, ...wanted }, meta());
  assert.ok(!isRefusal(answer), JSON.stringify(answer));
  return answer;
};
const grant = async (process: Admitting, changes: Partial<FanOutRequest> = {}) => {
  const answer = await ask(process, changes);
  assert.ok(answer.decision === 'granted', JSON.stringify(answer));
  return answer.lease;
};
const codesOf = async (process: Admitting, changes: Partial<FanOutRequest>) => {
  const answer = await ask(process, changes);
  assert.ok(answer.decision === 'denied', 'it must be denied');
  return answer.reasons.map(({ code, unsatisfiable }) => (unsatisfiable === true ? `${code}, never` : code));
};
const enforce = async (process: Admitting, capMicros: number, nowMs: number) => {
  const settings = { policy: { kind: 'fixed', capMicros }, enforcement: 'enforce' } as const;
  assert.ok(!isRefusal(await process.capPolicies.set('eng', settings, true, { ...meta(), nowMs })));
};

/** Every node asks for children, each of which asks again, until nobody is granted anything. */
const grow = async (process: Admitting, disk: Disk, children: number) => {
  const codes = new Set<string>();
  let agents = 0;
  let wave: (string | undefined)[] = [undefined];
  while (wave.length > 0) {
    const next: string[] = [];
    for (const parentFanOutId of wave) {
      const from = parentFanOutId === undefined ? { taskId: 't-root' } : { parentFanOutId };
      const answer = await ask(process, { ...from, items: children });
      if (answer.decision === 'denied') {
        for (const { code } of answer.reasons) codes.add(code);
        continue;
      }
      agents += children;
      const { fanOutId } = answer.lease.granted;
      next.push(...Array.from({ length: children }, () => fanOutId));
    }
    disk.clock.advance(1);
    wave = next;
  }
  return { agents, codes: [...codes].sort().join(', ') };
};

describe('F13: a tree in which every node asks for five children stops', () => {
  const rows: readonly (readonly [
    what: string,
    limits: Parameters<Admitting['limits']['set']>[1],
    capMicros: number | undefined,
    agents: number,
    code: string,
  ])[] = [
    ['by default at depth 3', {}, undefined, 155, 'treeDepth'],
    ['at the total', { maxTreeDepth: 20, maxTreeItems: 437, maxSpawnsPerMinute: 5_000 }, undefined, 435, 'treeItems'],
    ['at the rate', { maxTreeDepth: 20 }, undefined, 300, 'spawnRate'],
    // A parent may hand all of its money down to one child, who hands it on: of that, depth is the end.
    [
      'at the money, and at depth what is handed down',
      { maxTreeDepth: 6, maxTreeItems: 9_999, maxSpawnsPerMinute: 9_999 },
      3_000,
      150,
      'groupCapExhausted, treeDepth',
    ],
  ];
  for (const [what, limits, capMicros, agents, code] of rows) {
    it(what, async () => {
      const { disk, process } = await begin();
      assert.ok(!isRefusal(await process.limits.set(null, limits, meta())));
      if (capMicros !== undefined) await enforce(process, capMicros, disk.clock.now());
      const tree = await grow(process, disk, 5);
      assert.deepEqual(tree, { agents, codes: code });
      await process.kill();
    });
  }

  it('one call cannot spawn 437 agents: it says at once that it never can', async () => {
    const { process } = await begin();
    const codes = await codesOf(process, { items: 437 });
    assert.deepEqual(codes, ['itemsPerFanOut, never', 'spawnRate, never']);
    assert.equal(process.views.admissions.slots('organisation'), 0);
    await process.kill();
  });

  it('a long-lived orchestrator is still served after its thousandth item', async () => {
    const { disk, process } = await begin();
    let items = 0;
    for (let hour = 0; hour < 60; hour++) {
      items += 40;
      const lease = await grant(process, { taskId: 't-orchestrator', items: 40 });
      await process.fanOuts.release(lease.granted.fanOutId, meta());
      disk.clock.advance(millisecondsInHour);
    }
    assert.equal(items, 2_400);
    // 24 hours ago is not within the last 24 hours.
    assert.deepEqual(await codesOf(process, { taskId: 't-orchestrator', items: 81, groupId: 'eng' }), ['treeItems']);
    await process.kill();
  });
});

describe('F12: a denial changes nothing', () => {
  it('however often it comes, and it is written down where no decision reads', async () => {
    const { disk, process } = await begin();
    assert.ok(!isRefusal(await process.limits.set('eng', { maxConcurrency: 1, maxTreeItems: 5 }, meta())));
    await grant(process, { taskId: 't-root' });
    const before = hashOf(process.views);
    const head = await process.log.head();
    for (let time = 0; time < 200; time++) await ask(process, { taskId: 't-root', items: 3 });
    assert.deepEqual([hashOf(process.views), await process.log.head()], [before, head]);
    assert.deepEqual(await codesOf(process, { taskId: 't-root', items: 6 }), ['treeItems, never', 'groupConcurrency']);
    await process.denials.flush(disk.clock.now());
    const lines = (await everyEvent(disk))
      .filter(({ type }) => type === 'FanOutsDenied')
      .flatMap(({ type, data }) => fanOutsDenied.parse({ type, data }).data.denials);
    assert.deepEqual(
      lines.map(({ code, count }) => [code, count]),
      [
        ['groupConcurrency', 201],
        ['treeItems', 1],
      ],
    );
    await process.kill();
  });
});

describe('F10: a denial is explained by the log at its position', () => {
  it('folding the log up to there and asking again names the same rule', async () => {
    const { disk, process } = await begin();
    assert.ok(!isRefusal(await process.limits.set('eng', { maxConcurrency: 2 }, meta())));
    await enforce(process, 1_000, disk.clock.now());
    const asked: Partial<FanOutRequest> = { taskId: 't-root', items: 3, estimatedCostMicrosPerItem: 250 };
    const denied = new Map<number, readonly string[]>();
    const note = async () => {
      await process.feed.reached(await process.log.head());
      const answer = await ask(process, asked);
      if (answer.decision !== 'denied') return;
      const codes = answer.reasons.map(({ code }) => code);
      denied.set(answer.position, codes);
    };
    const first = await grant(process, { items: 2, leaseSeconds: 3_600 });
    await note();
    await enforce(process, 900, disk.clock.now());
    await note();
    await process.limits.set('eng', { paused: true }, meta());
    await note();
    await process.fanOuts.release(first.granted.fanOutId, meta());
    await note();
    assert.deepEqual(
      [...denied.values()].map((codes) => codes.join(' ')),
      [
        'groupConcurrency',
        'groupConcurrency groupCapExhausted',
        'groupPaused groupConcurrency groupCapExhausted',
        'groupPaused',
      ],
    );
    for (const [position, codes] of denied) {
      const past = emptyDisk(disk.clock.now());
      const events = (await everyEvent(disk)).filter((event) => event.position <= position);
      for (const { stream, revision, type, data, meta: said } of events) {
        const event = proposeEvent(`${stream}:${String(revision)}`, 0, { type, data }, said);
        await past.log.append({ stream, expectedRevision: revision - 1, events: [event] });
      }
      const then = await startAdmitting(past);
      const answer = await ask(then, asked);
      assert.ok(answer.decision === 'denied');
      assert.deepEqual(
        answer.reasons.map(({ code }) => code),
        codes,
      );
      await then.kill();
    }
    await process.kill();
  });
});

describe('F3: a parent and its children', () => {
  it('whoever asks in the very moment in which somebody else is answered is answered, too', async () => {
    const { process } = await begin();
    const { fanOutId } = (await grant(process)).granted;
    await process.fanOuts.release(fanOutId, meta());
    // Nothing lies between the answer and the next question.
    const again = await process.fanOuts.release(fanOutId, meta());
    assert.ok(!isRefusal(again) && again.lease.state === 'released');
    await process.kill();
  });

  it('ten sub-tasks all ask for a child when ten is the limit: each runs on its own slot, none waits for its parent', async () => {
    const { process } = await begin();
    assert.ok(!isRefusal(await process.limits.set(null, { maxConcurrency: 10 }, meta())));
    const parent = await grant(process, { taskId: 't-root', items: 10 });
    const { fanOutId: parentFanOutId } = parent.granted;
    const children = await Promise.all(Array.from({ length: 10 }, () => grant(process, { parentFanOutId })));
    assert.equal(process.views.admissions.slots('organisation'), 10);
    for (const { granted } of children) await process.fanOuts.release(granted.fanOutId, meta());
    assert.equal(process.views.admissions.slots('organisation'), 10);
    await process.fanOuts.release(parentFanOutId, meta());
    assert.equal(process.views.admissions.slots('organisation'), 0);
    await process.kill();
  });
});

describe('time', () => {
  it('that jumps back an hour ends no lease early, ends none twice, and begins none in the past', async () => {
    const { disk, process } = await begin();
    const first = await grant(process, { leaseSeconds: 1_200 });
    disk.clock.advance(10 * millisecondsInMinute);
    const second = await grant(process, { leaseSeconds: 60 });
    disk.clock.advance(-millisecondsInHour);
    const third = await grant(process, { leaseSeconds: 60 });
    assert.equal(third.granted.atMs, second.granted.atMs);
    await process.desk.sweep();
    assert.equal(process.views.admissions.slots('organisation'), 3, 'nothing has ended');
    disk.clock.advance(millisecondsInHour + millisecondsInMinute);
    await process.desk.sweep();
    assert.equal(process.views.admissions.slots('organisation'), 1);
    disk.clock.advance(-millisecondsInHour);
    await process.desk.sweep();
    assert.equal(process.views.admissions.lease(first.granted.fanOutId)?.state, 'live');
    disk.clock.advance(millisecondsInHour + 9 * millisecondsInMinute);
    await process.desk.sweep();
    assert.equal(process.views.admissions.slots('organisation'), 0);
    const ends = (await everyEvent(disk)).filter(({ type }) => type === 'FanOutExpired');
    assert.equal(ends.length, 3);
    await process.kill();
  });

  it('a hold that lives through midnight of the 1st counts in the new month, and the spend of the old one does not', async () => {
    const midnightMs = Date.UTC(2026, 11, 1);
    const { disk, process } = await begin(midnightMs - 5 * millisecondsInMinute);
    await enforce(process, 1_000, disk.clock.now());
    const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
    const spend = (id: string, costMicros: number, fanOutId?: string) => {
      const occurredAt = new Date(disk.clock.now()).toISOString();
      const record = { source: 's', id, taskId: id, userId: 'ana', groupId: 'eng', costMicros, occurredAt };
      return process.ingest.accept([fanOutId === undefined ? record : { ...record, fanOutId }], caller);
    };
    await spend('old', 600);
    const { granted } = await grant(process, { items: 4, leaseSeconds: 3_600 });
    assert.deepEqual(await codesOf(process, { items: 1 }), ['groupCapExhausted']);
    await spend('drawn', 100, granted.fanOutId);
    disk.clock.advance(5 * millisecondsInMinute - 1);
    assert.deepEqual(await codesOf(process, { items: 1 }), ['groupCapExhausted'], 'the last millisecond');
    disk.clock.advance(1);
    assert.deepEqual(await codesOf(process, { items: 8 }), ['groupCapExhausted'], '300 are still held');
    await grant(process, { items: 7 });
    assert.equal(process.views.admissions.held('group:eng'), 1_000);
    await process.kill();
  });
});

describe('a request that cannot be decided', () => {
  it('is told so by itself: those who wait beside it are answered', async () => {
    const { process } = await begin();
    const asker = { commandId: 'a', actor: 'apiKey:test', reason: '' };
    const broken = process.desk.decide(asker, () => {
      throw new Error('this one cannot be decided');
    });
    const fine = process.desk.decide(asker, () => 'decided');
    const [failed, answer] = await Promise.allSettled([broken, fine]);
    assert.equal(failed.status, 'rejected');
    assert.deepEqual(answer, { status: 'fulfilled', value: 'decided' });
    await process.kill();
  });

  it('more spent for a fan-out than can be counted spoils no snapshot', async () => {
    const { disk, process } = await begin();
    const { granted } = await grant(process, { items: 4 });
    const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
    const occurredAt = new Date(disk.clock.now()).toISOString();
    await process.organisation.configure({ maxRecordMicros: highestMicros }, meta());
    // Without a group they are charged to that of the fan-out.
    const records = poisonWith({ groupId: undefined, occurredAt, fanOutId: granted.fanOutId });
    assert.equal((await process.ingest.accept(records, caller)).accepted, records.length);
    assert.equal(process.views.admissions.lease(granted.fanOutId)?.spentMicros, poisonMicros);
    await process.snapshot();
    await process.kill();
    const next = await startAdmitting(disk);
    assert.equal(next.views.admissions.lease(granted.fanOutId)?.spentMicros, poisonMicros);
    assert.equal(next.views.admissions.held('organisation'), 0);
    for (const { id } of records) await next.metering.voidRecord('poison', String(id), meta());
    assert.equal(next.views.admissions.held('organisation'), 400, 'what was taken back is held again');
    await next.kill();
  });
});
