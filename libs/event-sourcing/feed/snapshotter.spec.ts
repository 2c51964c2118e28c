import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { SystemClock } from '#system-clock/clock.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { LocationIndex } from '../ports/location-index.js';
import { foldedViews } from '#test/support/fold-views.js';
import { Feed } from './feed.js';
import { noParts, Snapshotter } from './snapshotter.js';

/** Cannot write what it holds, as when the disk is full. */
class FullIndex extends MemoryLocationIndex {
  override checkpoint(): Promise<never> {
    return Promise.reject(new Error('the disk is full'));
  }
}

/** Comes to disk when it is told to, as the copy of a shared log does later than what it tells. */
class LateLog extends MemoryEventLog {
  flush: () => void = () => undefined;
  private readonly isFlushed = new Promise<void>((resolve) => (this.flush = resolve));
  override flushed(): Promise<void> {
    return this.isFlushed;
  }
}

/** A snapshot of views that have folded one event, which is being taken. */
const startTaking = (index: LocationIndex, log: EventLog, clock: Clock) => {
  const snapshots = new MemorySnapshots();
  const { fold } = foldedViews(index, noParts);
  fold.position = 1;
  const feed = new Feed(log, fold, index);
  return { snapshots, taking: new Snapshotter(snapshots, index, fold, clock, feed).take() };
};

describe('taking a snapshot', () => {
  it('waits until the log it is found beside is as far on disk', async () => {
    const clock = new SystemClock();
    const log = new LateLog(clock);
    const { snapshots, taking } = startTaking(new MemoryLocationIndex(), log, clock);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    assert.equal(snapshots.position(), undefined);
    log.flush();
    await taking;
    assert.equal(snapshots.position(), 1);
  });

  it('fails for who takes it, and for nobody else, when the index cannot be written while views are packed', async () => {
    const clock = new SystemClock();
    const { snapshots, taking } = startTaking(new FullIndex(), new MemoryEventLog(clock), clock);
    await assert.rejects(taking, /the disk is full/);
    await nextTurn();
    assert.equal(snapshots.position(), undefined);
  });
});
