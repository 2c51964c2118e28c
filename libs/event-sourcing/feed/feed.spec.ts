import assert from 'node:assert/strict';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { SystemClock } from '#system-clock/clock.js';
import { formatLevel, formatStream } from '../format/format.js';
import { isRefusal } from '#kernel/refusal.js';
import { noStream } from '../ports/event-log.js';
import { proposeEvent } from '../ports/propose-event.js';
import { emptyDisk, startProcess } from '#test/simulation/process.js';
import { Fold } from '../fold.js';
import { Feed } from './feed.js';
import { NewerFormat } from './newer-format.js';

const longMs = 600_000;

describe('waiting for a position', () => {
  it('ends when the views have it, or when the time is over', async () => {
    const process = await startProcess(emptyDisk(Date.UTC(2026, 10, 20)));
    assert.equal(await process.feed.reachedWithin(0, longMs), true);
    assert.equal(await process.feed.reachedWithin(1, 1), false);
    const waiting = [process.feed.reachedWithin(1, longMs), process.feed.reachedWithin(1, longMs)];
    const meta = { commandId: 'c', nowMs: 0, actor: 'apiKey:test', reason: '' };
    assert.ok(!isRefusal(await process.directory.putGroup({ groupId: 'eng', name: 'Engineering' }, meta)));
    assert.deepEqual(await Promise.all(waiting), [true, true]);
    await process.kill();
  });
});

describe('a log that a newer version writes to', () => {
  const meta = { commandId: 'c', now: '2026-11-20T00:00:00.000Z', actor: 'system:test', reason: '' };
  const onLog = async (use: (log: MemoryEventLog, feed: Feed) => Promise<void>): Promise<void> => {
    const log = new MemoryEventLog(new SystemClock());
    const index = new MemoryLocationIndex();
    const feed = new Feed(log, new Fold([]), index);
    await use(log, feed);
    await feed.stop();
    await log.close();
  };
  const append = async (log: MemoryEventLog, stream: string, ...events: { type: string; data: object }[]) => {
    const proposed = events.map((event, place) => proposeEvent(stream, place, event, meta));
    await log.append({ stream, expectedRevision: noStream, events: proposed });
  };
  const raised = (level: number) => ({ type: 'FormatRaised', data: { level } });
  const group = { type: 'GroupCreated', data: { groupId: 'eng', name: 'Engineering' } };

  it('is folded up to there, and nobody waits for more', () =>
    onLog(async (log, feed) => {
      await feed.start();
      await append(log, 'group-eng', group);
      await feed.reached(1);
      const waiting = Promise.allSettled([feed.reached(2), feed.reachedWithin(3, longMs)]);
      await append(log, formatStream, raised(formatLevel + 1), raised(formatLevel + 2));
      const why = await feed.outdated;
      assert.match(why.message, new RegExp(`has format ${String(formatLevel + 1)}: .*reads up to.*Update it`));
      assert.deepEqual(await waiting, [
        { status: 'rejected', reason: why },
        { status: 'fulfilled', value: false },
      ]);
      await append(log, 'group-ops', group);
      await assert.rejects(feed.reached(4), NewerFormat);
      assert.equal(await feed.reachedWithin(4, longMs), false);
      assert.equal(feed.position, 1);
    }));

  it('is refused at the start', () =>
    onLog(async (log, feed) => {
      await append(log, formatStream, raised(formatLevel + 1));
      await assert.rejects(feed.start(), NewerFormat);
    }));
});
