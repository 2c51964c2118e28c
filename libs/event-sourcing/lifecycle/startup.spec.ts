import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { SystemClock } from '#system-clock/clock.js';
import { Feed } from '../feed/feed.js';
import { Fold } from '../fold.js';
import { Startup } from './startup.js';

const onLog = async (use: (startup: Startup, log: MemoryEventLog) => Promise<void>): Promise<void> => {
  const log = new MemoryEventLog(new SystemClock());
  const feed = new Feed(log, new Fold([]), new MemoryLocationIndex());
  await use(new Startup(feed), log);
  await feed.stop();
  await log.close();
};

describe('the startup sequence', () => {
  it('waits for nothing, and runs all preparations before anything begins, each after the one before', () =>
    onLog(async (startup) => {
      const done: string[] = [];
      startup.onPrepared(() => {
        done.push('begins');
      });
      startup.onCaughtUp(async () => {
        await nextTurn();
        done.push('first');
      });
      startup.onCaughtUp(() => {
        done.push('second');
      });
      startup.start();
      assert.deepEqual([done, startup.isComplete], [[], false]);
      await startup.completed();
      assert.deepEqual([done, startup.isComplete], [['first', 'second', 'begins'], true]);
    }));

  it('ends with the step that fails: nothing begins', () =>
    onLog(async (startup) => {
      const done: string[] = [];
      startup.onCaughtUp(() => Promise.reject(new Error('no room')));
      startup.onPrepared(() => {
        done.push('begins');
      });
      startup.start();
      await assert.rejects(startup.completed(), /no room/);
      assert.deepEqual([done, startup.isComplete], [[], false]);
    }));

  it('ends when the log cannot be read', () =>
    onLog(async (startup, log) => {
      await log.close();
      startup.onCaughtUp(() => assert.fail('the views have not caught up'));
      startup.start();
      await assert.rejects(startup.completed());
    }));
});
