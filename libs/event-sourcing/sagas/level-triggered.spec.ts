import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Command, CommandHandler, EventBus, type IEvent, ofType, Saga } from '@nestjs/cqrs';
import { millisecondsInMinute } from 'date-fns/constants';
import type { Observable } from 'rxjs';
import { Assembly } from '#test/support/assembly.js';
import { provideCommandBus } from '#test/support/command-bus.js';
import { eventBusOn, registerSagas } from '#test/support/event-bus.js';
import { ChangeKind, Changes, everythingChanged } from '../changes.js';
import { Clock } from '../ports/clock.js';
import type { Due, Evaluation, Wake } from './evaluation.js';
import { levelTriggered } from './level-triggered.js';
import { SagaCommandHandler } from './saga-command.js';
import { SagaLanes } from './saga-lanes.js';
import { ViewsChanged } from './views-changed.js';

class HandClock extends Clock {
  nowMs = Date.UTC(2026, 10, 1, 9, 30);
  now(): number {
    return this.nowMs;
  }
}

/** A command that says what is to be done. */
class Run extends Command<unknown> {
  constructor(readonly run: () => unknown) {
    super();
  }
}

@CommandHandler(Run)
class RunHandler {
  async execute({ run }: Run): Promise<unknown> {
    return run();
  }
}

const groups = new ChangeKind('group');
const others = new ChangeKind('other');

const changed = (...ids: readonly string[]): Changes => {
  const changes = new Changes();
  for (const id of ids) changes.add(groups, id);
  return changes;
};
const due = (subject: string, run: () => unknown): Due => ({ subject, command: new Run(run) });

describe('levelTriggered', () => {
  let clock: HandClock;
  let lanes: SagaLanes;
  let bus: EventBus;
  let wakes: Wake[];

  const watching = (saga: string, more: Partial<Evaluation> = {}): Evaluation => ({
    saga,
    collects: [groups],
    *evaluate(wake) {
      wakes.push(wake);
      yield undefined;
    },
    ...more,
  });

  const begin = (...evaluations: readonly Evaluation[]): void => {
    const sagas = evaluations.map((evaluation) => {
      class Watch {
        @Saga()
        watch(events$: Observable<IEvent>): Observable<Command<unknown>> {
          return events$.pipe(ofType(ViewsChanged), levelTriggered(lanes, evaluation));
        }
      }
      return new Watch();
    });
    registerSagas(bus, sagas);
  };
  const publish = (changes = new Changes()) => {
    bus.publish(new ViewsChanged(changes));
  };
  const seen = () => wakes.map(({ changes }) => [...changes.ids(groups)].sort().join(' '));
  const looksAtEverything = () => wakes.map(({ everything }) => everything);

  const untilWakes = async (count: number): Promise<void> => {
    while (wakes.length < count) await nextTurn();
  };

  const holding = () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    return { held, release };
  };

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(() => {
    clock = new HandClock();
    lanes = new SagaLanes(clock);
    const assembly = new Assembly().provideInstance(lanes);
    const commands = provideCommandBus([RunHandler, SagaCommandHandler], assembly);
    bus = eventBusOn(commands);
    wakes = [];
  });

  it('looks at everything first, then at what has changed of what it collects, then at the time alone', async () => {
    begin(watching('watch'));
    publish();
    await lanes.settled();
    const changes = changed('ops', 'eng');
    changes.add(others, 'else');
    publish(changes);
    await lanes.settled();
    publish();
    await lanes.settled();
    assert.deepEqual(looksAtEverything(), [true, false, false]);
    assert.deepEqual(seen(), ['', 'eng ops', '']);
    assert.deepEqual([...wakes[1].changes.ids(others)], []);
    publish(everythingChanged());
    await lanes.settled();
    assert.equal(looksAtEverything()[3], true);
  });

  it('is not evaluated for what does not concern it', async () => {
    begin(watching('watch'), watching('clock', { collects: [] }));
    publish();
    await lanes.settled();
    const changes = new Changes();
    changes.add(others, 'else');
    publish(changes);
    await lanes.settled();
    assert.equal(wakes.length, 2);
    publish(changed('eng'));
    await lanes.settled();
    assert.equal(wakes.length, 3);
    publish();
    await lanes.settled();
    assert.equal(wakes.length, 5);
  });

  it('collects what changes while it is at work, and holds no other saga up', async () => {
    const evaluating = holding();
    const other: string[] = [];
    begin(
      watching('slow', {
        *evaluate(wake) {
          wakes.push(wake);
          for (let subject = 0; wakes.length === 2 && subject < 65; subject++) {
            yield due(String(subject), () => evaluating.held);
          }
        },
      }),
      watching('other', { evaluate: ({ changes }) => (other.push(...changes.ids(groups)), []) }),
    );
    publish();
    await lanes.settled();
    for (const group of ['a', 'b', 'c']) publish(changed(group));
    while (other.length < 3) await nextTurn();
    assert.equal(wakes.length, 2, 'it waits for room in its lanes');
    evaluating.release();
    await lanes.settled();
    assert.deepEqual(other, ['a', 'b', 'c']);
    assert.deepEqual(seen(), ['', 'a', 'b c']);
  });

  it('goes on about other subjects while a command is slow, and about the same the last waiting wins', async () => {
    const { held, release } = holding();
    const done: string[] = [];
    let round = 0;
    begin(
      watching('watch', {
        *evaluate() {
          round++;
          const name = String(round);
          yield due('slow', () =>
            round === 1 ? held.then(() => done.push(`slow ${name}`)) : done.push(`slow ${name}`),
          );
          yield due('quick', () => done.push(`quick ${name}`));
        },
      }),
    );
    for (let times = 0; times < 4; times++) {
      publish();
      while (done.length <= times) await nextTurn();
    }
    assert.deepEqual(done, ['quick 1', 'quick 2', 'quick 3', 'quick 4']);
    release();
    await lanes.settled();
    assert.deepEqual(done.slice(4), ['slow 1', 'slow 4']);
  });

  it('carries out 32 commands at once, and asks for more when there is room', async () => {
    const { held, release } = holding();
    let asked = 0;
    let underWay = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++underWay);
      await held;
      underWay--;
    };
    begin(
      watching('many', {
        *evaluate({ everything }) {
          for (let subject = 0; everything && subject < 1_000; subject++) {
            asked++;
            yield due(String(subject), run);
          }
        },
      }),
    );
    publish();
    while (asked < 64) await nextTurn();
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    assert.deepEqual([underWay, asked], [32, 64]);
    release();
    await lanes.settled();
    assert.equal(most, 32);
    assert.deepEqual(lanes.counted().get('many'), { done: 1_000, failures: 0 });
  });

  it('rests between looks, and does not let everything wait', async () => {
    begin(watching('watch', { minIntervalMs: 20 }));
    publish();
    await untilWakes(1);
    for (const group of ['a', 'b', 'a']) publish(changed(group));
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.equal(wakes.length, 1, 'it rests');
    clock.nowMs += 20;
    await untilWakes(2);
    assert.deepEqual(seen(), ['', 'a b']);
    publish(everythingChanged());
    await untilWakes(3);
    assert.deepEqual(looksAtEverything(), [true, false, true]);
  });

  it('does not rest longer when the clock is put back', async () => {
    begin(watching('watch', { minIntervalMs: 2_000 }));
    publish();
    await lanes.settled();
    clock.nowMs -= 10 * millisecondsInMinute;
    publish(changed('eng'));
    await untilWakes(2);
    assert.deepEqual(seen(), ['', 'eng']);
  });

  it('looks at what has just changed in the middle of a look at everything', async () => {
    const looks: string[] = [];
    begin(
      watching('long', {
        *evaluate({ everything, changes }) {
          if (!everything) looks.push([...changes.ids(groups)].join(' '));
          else {
            for (const part of ['first', 'second']) {
              looks.push(part);
              if (part === 'first') publish(changed('eng'));
              const untilMs = performance.now() + 5;
              while (performance.now() < untilMs);
              yield undefined;
            }
          }
        },
      }),
    );
    publish();
    await lanes.settled();
    assert.deepEqual(looks.slice(0, 3), ['first', 'eng', 'second']);
  });

  it('goes on after a command that fails, counts it, and looks at everything again later', async () => {
    const done: string[] = [];
    let isBroken = true;
    const one = (subject: string) =>
      due(subject, () => {
        if (subject === 'b' && isBroken) throw new Error('b is broken');
        done.push(subject);
      });
    begin(watching('three', { evaluate: ({ everything }) => (everything ? ['a', 'b', 'c'].map(one) : []) }));
    publish();
    await lanes.settled();
    assert.deepEqual(done, ['a', 'c']);
    assert.deepEqual(lanes.counted().get('three'), { done: 2, failures: 1 });
    isBroken = false;
    clock.nowMs += 4_999;
    publish();
    await lanes.settled();
    assert.deepEqual(done, ['a', 'c'], 'not yet');
    clock.nowMs += 1;
    publish();
    await lanes.settled();
    assert.deepEqual(done, ['a', 'c', 'a', 'b', 'c']);
  });

  it('does not wait longer to try again when the clock is put back', async () => {
    let tries = 0;
    const run = () => {
      if (++tries === 1) throw new Error('it fails once');
    };
    begin(watching('once', { evaluate: ({ everything }) => (everything ? [due('it', run)] : []) }));
    publish();
    await lanes.settled();
    clock.nowMs -= 5 * millisecondsInMinute;
    publish();
    await lanes.settled();
    assert.equal(tries, 2);
  });

  it('keeps itself and others running when a look throws, also at once', async () => {
    let isBroken = true;
    begin(
      watching('broken', {
        evaluate: () => {
          if (isBroken) throw new Error('cannot look');
          return [due('it', () => wakes.push({ nowMs: 0, everything: true, changes: new Changes() }))];
        },
      }),
      watching('watch'),
    );
    publish();
    await lanes.settled();
    assert.equal(wakes.length, 1);
    assert.deepEqual(lanes.counted().get('broken'), { done: 0, failures: 1 });
    isBroken = false;
    publish();
    await lanes.settled();
    assert.deepEqual(lanes.counted().get('broken'), { done: 1, failures: 1 });
  });

  it('writes down what fails again and again once until everything is tried again', async () => {
    const error = jest.spyOn(Logger.prototype, 'error');
    begin(watching('watch', { evaluate: () => [{ subject: 'a', error: 'no' }] }));
    const linesAfter = async (ms: number): Promise<number> => {
      clock.nowMs += ms;
      publish();
      await lanes.settled();
      return error.mock.calls.length;
    };
    assert.deepEqual([await linesAfter(0), await linesAfter(1_000), await linesAfter(3_999)], [1, 1, 1]);
    assert.deepEqual([await linesAfter(1), await linesAfter(1_000)], [2, 2]);
    error.mockRestore();
    assert.deepEqual(lanes.counted().get('watch'), { done: 0, failures: 5 });
  });

  it('counts a subject that could not be looked at, and tries again', async () => {
    begin(watching('watch', { evaluate: ({ everything }) => (everything ? [{ subject: 'a', error: 'no' }] : []) }));
    publish();
    clock.nowMs += 5_000;
    publish();
    await lanes.settled();
    assert.deepEqual(lanes.counted().get('watch'), { done: 0, failures: 2 });
  });

  it('stops: what is under way ends, what waits is dropped, and nothing begins any more', async () => {
    const { held, release } = holding();
    const done: string[] = [];
    let asked = 0;
    begin(
      watching('watch', {
        *evaluate() {
          for (let subject = 0; subject < 100; subject++) {
            asked++;
            yield due(String(subject), async () => {
              await held;
              done.push(String(subject));
            });
          }
        },
      }),
    );
    publish();
    while (asked < 64) await nextTurn();
    let isStopped = false;
    const stopping = lanes.stop().then(() => (isStopped = true));
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.deepEqual([done.length, isStopped], [0, false]);
    release();
    await stopping;
    assert.equal(done.length, 32);
    publish(everythingChanged());
    await lanes.settled();
    assert.equal(done.length, 32);
    lanes.start();
    await lanes.settled();
    assert.equal(done.length, 132);
  });

  it('does not let two sagas have one name', () => {
    begin(watching('watch'));
    assert.throws(() => {
      begin(watching('watch'));
    }, /two sagas called watch/);
  });
});
