import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Clock } from '#ports/clock.js';
import type { StoredEvent } from '#ports/event-log.js';
import type { Saga, Wake } from './saga.js';
import { SagaRunner } from './saga-runner.js';

class HandClock extends Clock {
  nowMs = Date.UTC(2026, 10, 1, 9, 30);
  now(): number {
    return this.nowMs;
  }
}

const stored = (type: string, data: object): StoredEvent => ({
  position: 1,
  stream: 's',
  revision: 0,
  id: 'id',
  type,
  data,
  meta: { commandId: 'c', now: '2026-11-01T09:30:00.000Z', actor: 'system:test', reason: '' },
  recordedAtMs: 0,
});
const metered = (...groups: readonly string[]) =>
  stored('RecordsMetered', {
    words: ['', ...groups, 'ana'],
    groupId: groups.map((_, place) => place + 1),
    userId: groups.map(() => groups.length + 1),
  });

describe('SagaRunner', () => {
  let clock: HandClock;
  let runner: SagaRunner;
  let wakes: Wake[];
  const watching: Saga = {
    name: 'watch',
    *due(wake) {
      wakes.push(wake);
      yield undefined;
    },
  };
  const groupsSeen = () => wakes.map(({ groups }) => [...groups.keys()].sort());

  beforeEach(() => {
    clock = new HandClock();
    runner = new SagaRunner(clock);
    wakes = [];
  });

  it('wakes with everything at the start, then with what a batch has moved, then with the time alone', async () => {
    runner.register(watching);
    runner.start();
    await runner.settled();
    runner.folded({ events: [metered('eng', 'ops', 'eng'), stored('GroupCapPolicySet', { groupId: 'hr' })] });
    await runner.settled();
    runner.tick();
    await runner.settled();
    assert.deepEqual(
      wakes.map(({ everything }) => everything),
      [true, false, false],
    );
    assert.deepEqual(groupsSeen(), [[], ['eng', 'hr', 'ops'], []]);
    assert.deepEqual([...(wakes[1].groups.get('eng') ?? [])], ['ana']);
    assert.equal(wakes[1].groups.get('hr')?.size, 0);
  });

  it('looks at everything again when an hour begins', async () => {
    runner.register(watching);
    runner.start();
    await runner.settled();
    clock.nowMs += 30 * 60_000 - 1;
    runner.tick();
    await runner.settled();
    clock.nowMs += 1;
    runner.tick();
    await runner.settled();
    assert.deepEqual(
      wakes.map(({ everything }) => everything),
      [true, false, true],
    );
  });

  it('collects what moves while it is at work into one wake-up', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    runner.register({ name: 'slow', due: () => [{ about: 'all', run: () => held }] });
    runner.register(watching);
    runner.start();
    for (const group of ['a', 'b', 'c']) runner.folded({ events: [metered(group)] });
    release();
    await runner.settled();
    assert.deepEqual(groupsSeen(), [[], ['a', 'b', 'c']]);
  });

  it('goes on after a step that fails, counts it, and looks at everything again later', async () => {
    const done: string[] = [];
    let isBroken = true;
    const step = (about: string) => ({
      about,
      run: async () => {
        if (about === 'b' && isBroken) throw new Error('b is broken');
        done.push(about);
      },
    });
    runner.register({ name: 'three', due: ({ everything }) => (everything ? ['a', 'b', 'c'].map(step) : []) });
    runner.start();
    await runner.settled();
    assert.deepEqual(done, ['a', 'c']);
    assert.deepEqual(runner.counted().get('three'), { steps: 3, failures: 1 });
    isBroken = false;
    clock.nowMs += 5_000;
    runner.tick();
    await runner.settled();
    assert.deepEqual(done, ['a', 'c', 'a', 'b', 'c']);
  });

  it('keeps other sagas running when one fails to say what is due', async () => {
    runner.register({
      name: 'broken',
      due: () => {
        throw new Error('cannot look');
      },
    });
    runner.register(watching);
    runner.start();
    await runner.settled();
    assert.equal(wakes.length, 1);
    assert.equal(runner.counted().get('broken')?.failures, 1);
  });

  it('does nothing before it is started and after it was stopped', async () => {
    runner.register(watching);
    runner.folded({ events: [metered('eng')] });
    await runner.settled();
    assert.equal(wakes.length, 0);
    runner.start();
    await runner.stop();
    const before = wakes.length;
    runner.folded({ events: [metered('eng')] });
    await runner.settled();
    assert.equal(wakes.length, before);
  });
});
