import assert from 'node:assert/strict';
import { isRefusal } from '#kernel/refusal.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { Fold } from '#event-sourcing/fold.js';
import { keepTurnsShort } from '#event-sourcing/turns.js';
import { emptyDisk, type Process, startProcess } from '#test/simulation/process.js';
import { GiveFeedback, ObserveAlert } from '../commands/alerts.commands.js';
import { type AlertKey, alertIdOf } from '../domain/alert-key.js';
import { AlertsQueries } from './alert.query.js';
import { type AlertChange, AlertStream } from './alert-stream.js';

// Time passes when an event is read: every read is a piece of work of its own.
let nowMs = performance.now();
const beginsMs = Date.UTC(2026, 10, 20);
const feedbacks = 600;
const followers = 5;

const key: AlertKey = { type: 'capThreshold', groupId: 'eng', userId: null, period: '2026-11', threshold: 0.8 };
const alertId = alertIdOf(key);

/** One alert that was raised once and commented on very often. */
const oftenCommented = async (): Promise<Process> => {
  const process = await startProcess(emptyDisk(beginsMs));
  const seen = { holds: true, clears: false, because: 'spendFell', final: false } as const;
  const observation = { ...key, ...seen, evidence: {}, fingerprint: 'f', position: process.feed.position + 1 };
  assert.ok(!isRefusal(await process.bus.execute(new ObserveAlert(observation, beginsMs, 'system:test'))));
  for (let place = 0; place < feedbacks; place++) {
    const meta = { commandId: `c${String(place)}`, nowMs: beginsMs, actor: 'apiKey:test', reason: '' };
    const feedback = { alertId, feedback: 'useful' as const, note: String(place) };
    assert.ok(!isRefusal(await process.bus.execute(new GiveFeedback(feedback, meta))));
  }
  return process;
};

/** Counts what is read from the log: events in all, and reads between two turns of the event loop. */
const counted = (log: EventLog) => {
  const counts = { events: 0, inTurn: 0, mostInTurn: 0 };
  let counting = setImmediate(function turn() {
    counts.inTurn = 0;
    counting = setImmediate(turn);
  });
  const note = <T>(found: T, events: number): T => {
    nowMs += 1;
    counts.events += events;
    counts.inTurn++;
    counts.mostInTurn = Math.max(counts.mostInTurn, counts.inTurn);
    return found;
  };
  const reading = {
    read: async (...asked: Parameters<EventLog['read']>) => {
      const events = await log.read(...asked);
      return note(events, events.length);
    },
    readAll: async (...asked: Parameters<EventLog['readAll']>) => {
      const events = await log.readAll(...asked);
      return note(events, events.length);
    },
    readAt: async (position: number) => note(await log.readAt(position), 1),
  };
  const countingLog = new Proxy(log, {
    get: (target, name): unknown => (name in reading ? Reflect.get(reading, name) : Reflect.get(target, name)),
  });
  return {
    log: countingLog,
    counts,
    stop: () => {
      clearImmediate(counting);
    },
  };
};

describe('the history of an alert, read by many', () => {
  let process: Process;
  beforeAll(async () => {
    process = await oftenCommented();
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await process.kill();
  });

  it('F19: is replayed to five followers in reads that grow with it once, one a turn', async () => {
    keepTurnsShort();
    const { log, counts, stop } = counted(process.log);
    const stream = new AlertStream(log, process.views.alerts, new Fold(process.views.fold.views), process.feed);
    const follow = async (): Promise<readonly AlertChange[]> => {
      const ends = new AbortController();
      const changes: AlertChange[] = [];
      for await (const change of stream.follow(0, undefined, ends.signal)) {
        changes.push(change);
        if (changes.length === feedbacks + 1) ends.abort();
      }
      return changes;
    };
    const told = await Promise.all(Array.from({ length: followers }, follow));
    stop();
    for (const changes of told) {
      assert.deepEqual(
        changes.map(({ position, alert }) => position === alert.position),
        changes.map(() => true),
      );
      assert.equal(changes[0].kind, 'raised');
    }
    // Each event once, and up to a page when the alert is met first.
    assert.ok(counts.events <= followers * (feedbacks + 1 + 32), `${String(counts.events)} events were read`);
    // The first read of each follower needs no turn; from then on they take turns.
    assert.ok(counts.mostInTurn <= 2 * followers, `${String(counts.mostInTurn)} reads in one turn`);
  });

  it('is shown as its last thousand entries, whatever came before', async () => {
    const { log, counts, stop } = counted(process.log);
    const history = await new AlertsQueries(process.views.alerts, log).history(alertId);
    stop();
    assert.equal(history.length, feedbacks + 1);
    assert.equal(history.at(-1)?.note, String(feedbacks - 1));
    assert.ok(counts.events <= feedbacks + 1);
    assert.equal(await new AlertsQueries(process.views.alerts, log).history('nobody').then(({ length }) => length), 0);
  });
});
