import assert from 'node:assert/strict';
import { WriterId } from '#event-sourcing/writer-id.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { millisecondsInMinute } from 'date-fns/constants';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { fanOutsDenied } from '../domain/denials.events.js';
import { type Append, type AppendOutcome, LogFailure } from '#event-sourcing/ports/event-log.js';
import { type Silence, UnsureLog } from '#test/support/unsure-log.js';
import { DenialLog } from './denial-log.js';

const nowMs = Date.UTC(2026, 10, 20, 12);
const denied = {
  reasons: [{ code: 'treeDepth' as const, scope: 'tree:t', limit: 3, used: 3, requested: 1 }],
  nowMs,
  position: 7,
};

/** A log that takes appends when it is let. */
class HeldLog extends MemoryEventLog {
  letGo: () => void = () => undefined;
  private readonly held = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });

  override async append(append: Append): Promise<AppendOutcome> {
    await this.held;
    return super.append(append);
  }
}

const denialsIn = async (log: MemoryEventLog, stream = 'denials-main') =>
  (await log.read(stream, 0, 1_000)).map(({ type, data }) => fanOutsDenied.parse({ type, data }).data);

const isUnavailable = (error: unknown): boolean => error instanceof LogFailure && error.code === 'unavailable';

describe('the log of denials', () => {
  it('adds up what comes together, and loses nothing when another process has written in between', async () => {
    const log = new MemoryEventLog(new SystemClock());
    const [one, other] = [new DenialLog(log, new WriterId('main')), new DenialLog(log, new WriterId('main'))];
    for (const denials of [one, other, one]) {
      await denials.note('apiKey:a', 'eng', denied);
      await denials.note('apiKey:a', 'eng', denied);
      await denials.flush(nowMs);
    }
    const line = { caller: 'apiKey:a', groupId: 'eng', code: 'treeDepth', count: 2, firstPosition: 7, lastPosition: 7 };
    assert.deepEqual(
      await denialsIn(log),
      Array.from({ length: 3 }, () => ({ minuteMs: nowMs, denials: [line] })),
    );
  });

  it('writes what each process has denied into a stream of its own', async () => {
    const log = new MemoryEventLog(new SystemClock());
    for (const writer of ['one', 'other']) {
      const denials = new DenialLog(log, new WriterId(writer));
      await denials.note('apiKey:a', 'eng', denied);
      await denials.flush(nowMs);
    }
    for (const stream of ['denials-one', 'denials-other']) assert.equal((await denialsIn(log, stream)).length, 1);
  });

  const silences: readonly Silence[] = ['lost', 'stored', 'storedLater'];
  for (const silence of silences) {
    it(`tells a denial once when the log did not answer, and the append was ${silence}`, async () => {
      const stored = new MemoryEventLog(new SystemClock());
      const log = new UnsureLog(stored);
      const denials = new DenialLog(log, new WriterId('main'));
      for (const [place, silent] of [undefined, silence, undefined].entries()) {
        log.silences.push(silent);
        await denials.note('apiKey:a', `g-${String(place)}`, denied);
        const flushed = denials.flush(nowMs);
        if (silent === undefined) await flushed;
        else await assert.rejects(flushed, isUnavailable);
      }
      await log.quiet();
      await denials.flush(nowMs);
      const told = (await denialsIn(stored)).flatMap(({ denials: lines }) => lines);
      assert.deepEqual(
        told.map(({ groupId, count }) => [groupId, count]),
        [0, 1, 2].map((place) => [`g-${String(place)}`, 1]),
      );
    });
  }

  it('has room for 4,000 lines while the log does not answer, refuses more, and stores those once it answers', async () => {
    const stored = new MemoryEventLog(new SystemClock());
    const log = new UnsureLog(stored);
    const denials = new DenialLog(log, new WriterId('main'));
    log.silences.push(...Array<Silence>(100).fill('lost'));
    const note = (place: number) => denials.note('apiKey:a', `g-${String(place)}`, denied);
    for (let place = 0; place < 4_000; place++) await note(place);
    for (let place = 4_000; place < 4_010; place++) await assert.rejects(note(place), isUnavailable);
    log.silences.length = 0;
    await note(4_010);
    await denials.flush(nowMs);
    const told = (await denialsIn(stored)).flatMap(({ denials: lines }) => lines.map(({ groupId }) => groupId));
    const wanted = [...Array.from({ length: 4_000 }, (_, place) => `g-${String(place)}`), 'g-4010'];
    assert.deepEqual(told, wanted);
  });

  it('keeps minutes apart', async () => {
    const log = new MemoryEventLog(new SystemClock());
    const denials = new DenialLog(log, new WriterId('main'));
    for (const atMs of [nowMs, nowMs + millisecondsInMinute - 1, nowMs + millisecondsInMinute]) {
      await denials.note('apiKey:a', 'eng', { ...denied, nowMs: atMs });
    }
    await denials.flush(nowMs + millisecondsInMinute);
    const minutes = (await denialsIn(log)).map(({ minuteMs, denials: lines }) => [minuteMs, lines[0].count]);
    assert.deepEqual(minutes, [
      [nowMs, 2],
      [nowMs + millisecondsInMinute, 1],
    ]);
  });

  it('counts 10,000 denials of as many groups in a few small events', async () => {
    const log = new MemoryEventLog(new SystemClock());
    const denials = new DenialLog(log, new WriterId('main'));
    for (let group = 0; group < 10_000; group++) await denials.note('apiKey:a', `g-${String(group)}`, denied);
    await denials.flush(nowMs);
    const events = await denialsIn(log);
    assert.deepEqual(
      events.map(({ denials: lines }) => lines.length),
      Array.from({ length: 20 }, () => 500),
    );
    assert.equal(new Set(events.flatMap(({ denials: lines }) => lines.map(({ groupId }) => groupId))).size, 10_000);
  });

  it('lets who is denied wait while the log is far behind, so that memory stays bounded, and forgets nobody', async () => {
    const log = new HeldLog(new SystemClock());
    const denials = new DenialLog(log, new WriterId('main'));
    const [askers, each] = [50, 200];
    let answered = 0;
    const all = Promise.all(
      Array.from({ length: askers }, async (_, asker) => {
        for (let time = 0; time < each; time++) {
          await denials.note('apiKey:a', `g-${String(asker)}-${String(time)}`, denied);
          answered++;
        }
      }),
    );
    await nextTurn();
    assert.ok(answered >= 3_900 && answered <= 4_000, `${String(answered)} were answered`);
    log.letGo();
    await all;
    await denials.flush(nowMs);
    const counted = (await denialsIn(log)).flatMap(({ denials: lines }) => lines.map(({ groupId }) => groupId));
    assert.equal(new Set(counted).size, askers * each);
  });
});
