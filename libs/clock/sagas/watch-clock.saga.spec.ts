import assert from 'node:assert/strict';
import { Logger } from '@nestjs/common';
import { type ClockAlarm, type ClockReading, WatchedClock } from '#event-sourcing/ports/clock.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { TellOfClock } from '../commands/clock.commands.js';
import { clockHandlers } from '../commands/clock.handlers.js';
import { ToldAlarm } from '../commands/told-alarm.js';
import { commandBusWith } from '#test/support/command-bus.js';
import { Assembly } from '#test/support/assembly.js';
import { WatchClock } from './watch-clock.saga.js';

class HandClock extends WatchedClock {
  alarm: ClockAlarm | undefined;
  now = () => 1_000;
  read = (): ClockReading => ({ wallMs: 5_000, trustedMs: 1_000, alarm: this.alarm });
  confirm = () => undefined;
  sawEvent = () => undefined;
}

const jumped: ClockAlarm = { kind: 'jumped', sinceMs: 0, detail: 'The clock has jumped.' };
const begun = { message: 'The clock has jumped.', kind: 'jumped', differenceMs: 4_000 };
const ended = { message: 'The clock of this machine is believed again.', differenceMs: 4_000 };

describe('watchClock', () => {
  let clock: HandClock;
  let said: unknown[];
  let say: (line: unknown) => void;
  let look: () => Promise<unknown>;

  beforeEach(() => {
    clock = new HandClock();
    said = [];
    say = (line) => {
      said.push(line);
    };
    for (const level of ['error', 'warn'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((...[line]: readonly unknown[]) => {
        say(line);
      });
    }
    const told = new ToldAlarm();
    const [, handler] = clockHandlers;
    const bus = commandBusWith([handler], new Assembly().provideInstance(told).make);
    const saga = new WatchClock(new SagaLanes(clock), clock, told);
    look = async () => {
      for (const due of saga.evaluate()) {
        assert.ok(due !== undefined && 'command' in due && due.command instanceof TellOfClock);
        await bus.execute(due.command);
      }
    };
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('tells of an alarm when it begins and when it ends, once each, with the difference', async () => {
    await look();
    assert.deepEqual(said, []);
    clock.alarm = jumped;
    await look();
    await look();
    assert.deepEqual(said, [begun]);
    clock.alarm = undefined;
    await look();
    await look();
    assert.deepEqual(said, [begun, ended]);
  });

  it('tells again of what could not be said', async () => {
    const asEver = say;
    say = () => {
      throw new Error('the log of the service is away');
    };
    clock.alarm = jumped;
    await assert.rejects(look());
    say = asEver;
    await look();
    assert.deepEqual(said, [begun]);
  });
});
