import assert from 'node:assert/strict';
import { WriterId } from '#event-sourcing/writer-id.js';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { SystemClock } from '#system-clock/clock.js';
import { type EventLog, LogFailure, type ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { type Silence, UnsureLog } from '#test/support/unsure-log.js';
import { Fold } from '#event-sourcing/fold.js';
import { MeteringStreamsView } from '../domain/metering-streams.view.js';
import { ConcurrencyConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { SingleWriterStream } from './single-writer-stream.js';

const clock = new SystemClock();
const name = 'metering-here';

/** The end of a task is the smallest event that a process writes to its own stream. */
const finished = (taskId: string): ProposedEvent => {
  const now = '2026-11-20T00:00:00.000Z';
  const data = { taskId, status: 'succeeded', at: now };
  return proposeEvent(taskId, 0, { type: 'TaskFinished', data }, { commandId: taskId, now, actor: 'a', reason: '' });
};

const begun = async (log: EventLog): Promise<SingleWriterStream> => {
  const index = new MemoryLocationIndex();
  const streams = new MeteringStreamsView();
  const feed = new Feed(log, new Fold([streams]), index);
  await feed.start();
  const own = new SingleWriterStream(log, feed, streams, new WriterId('here'));
  own.start();
  return own;
};

const storedIn = async (log: EventLog): Promise<readonly string[]> =>
  (await log.read(name, 0, 1_000)).map(({ meta }) => meta.commandId);

describe('the stream of one process', () => {
  it('takes pipelined appends in order, and goes on where it was after a restart', async () => {
    const log = new MemoryEventLog(clock);
    const first = await begun(log);
    const positions = await Promise.all(['a', 'b', 'c'].map((task) => first.append(finished(task))));
    assert.deepEqual(positions, [1, 2, 3]);
    await (await begun(log)).append(finished('d'));
    assert.deepEqual(await storedIn(log), ['a', 'b', 'c', 'd']);
  });

  const silences: readonly Silence[] = ['lost', 'stored', 'storedLater'];
  for (const silence of silences) {
    it(`stores what comes after an append without an answer that was ${silence}`, async () => {
      const log = new UnsureLog(new MemoryEventLog(clock));
      const own = await begun(log);
      log.silences.push(undefined, silence);
      const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((task) => own.append(finished(task))));
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      );
      await log.quiet();
      await own.append(finished('e'));
      const stored = await storedIn(log);
      assert.deepEqual(
        stored.filter((task) => task !== 'b'),
        ['a', 'c', 'd', 'e'],
      );
    });
  }

  it('tells who appended that nobody knows what became of it', async () => {
    const log = new UnsureLog(new MemoryEventLog(clock));
    const own = await begun(log);
    log.silences.push('lost');
    await assert.rejects(own.append(finished('a')), (error) => error instanceof LogFailure);
  });

  it('is shared without loss by two processes that should have had names of their own', async () => {
    const log = new MemoryEventLog(clock);
    const twins = [await begun(log), await begun(log)];
    const tasks = Array.from({ length: 12 }, (_, place) => `t${String(place)}`);
    for (const pair of [0, 2, 4, 6, 8, 10]) {
      await Promise.all(twins.map((own, twin) => own.append(finished(tasks[pair + twin]))));
    }
    assert.deepEqual((await storedIn(log)).toSorted(), tasks.toSorted());
  });

  it('gives up when somebody else is faster every time', async () => {
    const log = new MemoryEventLog(clock);
    const own = await begun(log);
    let others = 0;
    const append = log.append.bind(log);
    log.append = async (wanted) => {
      const head = (await log.read(name, 0, 1_000)).length - 1;
      await append({ stream: name, expectedRevision: head, events: [finished(`other ${String(++others)}`)] });
      return append(wanted);
    };
    await assert.rejects(own.append(finished('a')), (error) => error instanceof ConcurrencyConflict);
    assert.equal((await storedIn(log)).includes('a'), false);
  });
});
