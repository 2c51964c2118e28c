import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { millisecondsInMinute } from 'date-fns/constants';
import { Clock } from '../ports/clock.js';
import type { StoredEvent } from '../ports/event-log.js';
import { GroupMoves } from '#apps/bursar/group-moves.js';
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
    looksAt: 'users',
    *due(wake) {
      wakes.push(wake);
      yield undefined;
    },
  };
  const groupsSeen = () => wakes.map(({ groups }) => [...groups.keys()].sort());

  beforeEach(() => {
    clock = new HandClock();
    runner = new SagaRunner(clock, new GroupMoves());
    wakes = [];
  });

  it('lets a saga rest when fan-outs are granted: nothing is spent', async () => {
    runner.register(watching);
    runner.start();
    await runner.settled();
    runner.folded({ events: [stored('FanOutGranted', { groupId: 'eng' })] });
    await runner.settled();
    assert.deepEqual(groupsSeen(), [[]]);
  });

  it('wakes with everything at the start, then with what a batch has moved, then with the time alone', async () => {
    runner.register(watching);
    runner.start();
    await runner.settled();
    runner.folded({ events: [metered('eng', 'ops', 'eng'), stored('CapPolicySet', { groupId: 'hr' })] });
    await runner.settled();
    runner.tick();
    await runner.settled();
    assert.deepEqual(
      wakes.map(({ everything }) => everything),
      [true, false, false],
    );
    assert.deepEqual(groupsSeen(), [[], ['eng', 'hr', 'ops'], []]);
    assert.deepEqual(Object.fromEntries(wakes[1].groups), { eng: 'spend', ops: 'spend', hr: 'more' });
    assert.deepEqual([...wakes[1].users.of('eng')], ['ana']);
    assert.deepEqual([...wakes[1].users.of('hr')], []);
  });

  it('remembers who has moved as long as they are few', async () => {
    runner.register(watching);
    runner.start();
    await runner.settled();
    const crowd = Array.from({ length: 2_000 }, (_, number) => `g-${String(number)}`);
    runner.folded({ events: [metered(...crowd.slice(1))] });
    await runner.settled();
    runner.folded({ events: [metered(...crowd)] });
    await runner.settled();
    assert.deepEqual(
      wakes.map(({ users }) => users.isMany),
      [false, false, true],
    );
    assert.equal(wakes[2].groups.size, crowd.length);
  });

  it('looks at everything again when an hour begins', async () => {
    runner.register(watching);
    runner.start();
    await runner.settled();
    clock.nowMs += 30 * millisecondsInMinute - 1;
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

  const holding = () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    return { held, release };
  };

  it('collects what moves while it is at work, and holds no other saga up', async () => {
    const { held, release } = holding();
    const slow: Saga = {
      name: 'slow',
      looksAt: 'groups',
      *due(wake) {
        wakes.push(wake);
        yield { about: 'all', run: () => held };
      },
    };
    const others: Wake[] = [];
    runner.register(slow);
    runner.register({ name: 'other', looksAt: 'groups', due: (wake) => (others.push(wake), []) });
    runner.start();
    for (const group of ['a', 'b', 'c']) runner.folded({ events: [metered(group)] });
    const seenByOther = () => others.flatMap(({ groups }) => [...groups.keys()]).length;
    while (seenByOther() < 3 || wakes.length < 2) await nextTurn();
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    assert.equal(wakes.length, 2, 'the second look waits for the step about the same');
    release();
    await runner.settled();
    assert.deepEqual(groupsSeen().flat().toSorted(), ['a', 'b', 'c']);
  });

  it('collects what moves while a saga rests, and does not let everything wait', async () => {
    runner.register(watching, 20);
    runner.start();
    await runner.settled();
    for (const group of ['a', 'b', 'a']) runner.folded({ events: [metered(group)] });
    await runner.settled();
    assert.equal(wakes.length, 1, 'it rests');
    clock.nowMs += 20;
    while (groupsSeen().length === 1) await nextTurn();
    assert.deepEqual(groupsSeen(), [[], ['a', 'b']]);
    runner.folded({ events: [stored('PeriodClosed', { period: '2026-10' })] });
    await runner.settled();
    assert.deepEqual(
      wakes.map(({ everything }) => everything),
      [true, false, true],
    );
  });

  it('does not rest longer when the clock is put back', async () => {
    runner.register(watching, 2_000);
    runner.start();
    await runner.settled();
    clock.nowMs -= 10 * millisecondsInMinute;
    runner.folded({ events: [metered('eng')] });
    await runner.settled();
    assert.deepEqual(groupsSeen(), [[], ['eng']]);
  });

  it('looks at what has just moved in the middle of a look at everything', async () => {
    const looks: string[] = [];
    runner.register({
      name: 'long',
      looksAt: 'groups',
      *due({ everything, groups }) {
        if (!everything) looks.push([...groups.keys()].join(' '));
        else {
          for (const part of ['first', 'second']) {
            looks.push(part);
            if (part === 'first') runner.folded({ events: [metered('eng')] });
            const untilMs = performance.now() + 2;
            while (performance.now() < untilMs);
            yield undefined;
          }
        }
      },
    });
    runner.start();
    await runner.settled();
    assert.deepEqual(looks.slice(0, 3), ['first', 'eng', 'second']);
  });

  it('lets steps wait for the log together, up to a bound', async () => {
    const { held, release } = holding();
    let waiting = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++waiting);
      await held;
      waiting--;
    };
    const steps = Array.from({ length: 100 }, (_, number) => ({ about: String(number), run }));
    runner.register({ name: 'many', looksAt: 'time', due: ({ everything }) => (everything ? steps : []) });
    runner.start();
    while (waiting < 32) await nextTurn();
    release();
    await runner.settled();
    assert.equal(most, 32);
    assert.equal(runner.counted().get('many')?.steps, 100);
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
    runner.register({
      name: 'three',
      looksAt: 'groups',
      due: ({ everything }) => (everything ? ['a', 'b', 'c'].map(step) : []),
    });
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

  it('does not wait longer to try again when the clock is put back', async () => {
    let tries = 0;
    const run = async () => {
      if (++tries === 1) throw new Error('it fails once');
    };
    runner.register({
      name: 'once',
      looksAt: 'groups',
      due: ({ everything }) => (everything ? [{ about: 'it', run }] : []),
    });
    runner.start();
    await runner.settled();
    clock.nowMs -= 5 * millisecondsInMinute;
    runner.tick();
    await runner.settled();
    assert.equal(tries, 2);
  });

  it('keeps other sagas running when one fails to say what is due', async () => {
    runner.register({
      name: 'broken',
      looksAt: 'groups',
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
