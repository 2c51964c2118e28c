import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { calendarOf } from '#kernel/calendar.js';
import { formatInstant } from '#kernel/instants.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { ConcurrencyConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import type { IngestAnswer } from '#metering/commands/pending-request.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { type PublishedPrice, publishedPrices, type SentRecord, sentRecords } from '#test/support/generators.js';
import { worldBeginsMs } from '#test/support/generators.js';
import { composed, createModel, identityOf } from '#test/support/model.js';
import { runs } from '#test/support/runs.js';
import { expectedLines } from '#test/support/spend-records.js';
import { type Silence, UnsureLog } from '#test/support/unsure-log.js';
import { emptyDisk, type Process, startProcess } from './process.js';
import { everyEvent, hashOf, linesOf, replayed } from './replays.js';

const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

/** A request, and which process it is sent to, and which one it is sent to again when there was no answer. */
interface Sending {
  readonly records: readonly SentRecord[];
  readonly to: number;
  readonly again: number;
  /** Turns until the next one is sent, which does not wait for the answer. */
  readonly turns: number;
}

interface Scenario {
  readonly writers: readonly string[];
  readonly sendings: readonly Sending[];
  readonly silences: readonly (Silence | undefined)[];
  readonly prices: readonly PublishedPrice[];
}

/** Two or three processes, or two that are called the same, on a store that does not always answer. */
const scenarios: fc.Arbitrary<Scenario> = fc.array(sentRecords, { minLength: 1, maxLength: 15 }).chain((pool) => {
  const process = fc.nat({ max: 2 });
  return fc.record({
    writers: fc.constantFrom(['a', 'b', 'c'], ['a', 'b'], ['a', 'a']),
    sendings: fc.array(
      fc.record({
        records: fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 8 }),
        to: process,
        again: process,
        turns: fc.nat({ max: 4 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    silences: fc.array(fc.constantFrom<Silence | undefined>(undefined, undefined, 'lost', 'stored', 'storedLater'), {
      maxLength: 20,
      size: 'max',
    }),
    prices: fc.array(publishedPrices, { maxLength: 2 }),
  });
});

const untilAnswered = async <T>(ask: (nth: number) => Promise<T>): Promise<T> => {
  for (let nth = 0; ; nth++) {
    try {
      return await ask(nth);
    } catch (error) {
      if (!(error instanceof LogFailure) && !(error instanceof ConcurrencyConflict)) throw error;
    }
  }
};

const start = async ({ writers, silences }: Scenario) => {
  const { clock, log: stored } = emptyDisk(worldBeginsMs);
  const log = new UnsureLog(stored);
  const processes: Process[] = [];
  for (const writer of writers) {
    processes.push(await startProcess({ clock, log, snapshots: new MemorySnapshots(), writer }));
  }
  log.silences.push(...silences);
  return { log, stored, clock, processes };
};

const publish = async (process: Process, price: PublishedPrice, id: number): Promise<void> => {
  const meta = { commandId: `key-${String(id)}:same`, nowMs: worldBeginsMs, actor: caller.actor, reason: '' };
  const { model, fromMs, prices } = price;
  const terms = { from: fromMs === null ? null : formatInstant(fromMs), prices };
  await untilAnswered(() =>
    process.prices.publish(
      model === null
        ? { type: 'PublishFallbackPrice', data: terms }
        : { type: 'PublishPrice', data: { model, ...terms } },
      meta,
    ),
  );
};

/** Everybody has seen everything, and nothing is left to correct. */
const rest = async (processes: readonly Process[], log: UnsureLog): Promise<void> => {
  await log.quiet();
  const isBusy = ({ views }: Process): boolean =>
    views.corrections.running().length > 0 || views.corrections.due().length > 0;
  do {
    for (const process of processes) process.tick();
    await nextTurn();
    for (const { feed } of processes) await feed.reached(await log.head());
  } while (processes.some(isBusy));
};

describe('metering by several processes on one log', () => {
  it('laws 2, 3 and 7: an identity counts once, everybody is told the truth, and all processes fold the same', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const met = { conflicts: 0, duplicates: 0, silences: 0 };
    const property = fc.asyncProperty(scenarios, async (scenario) => {
      const { log, stored, clock, processes } = await start(scenario);
      const model = createModel();
      const answers: { readonly records: readonly SentRecord[]; readonly answer: IngestAnswer }[] = [];
      const sending: Promise<void>[] = [];
      for (const { records, to, again, turns } of scenario.sendings) {
        const ask = async (): Promise<void> => {
          const answer = await untilAnswered((nth) => {
            if (nth > 0) met.silences++;
            return processes[(nth === 0 ? to : again) % processes.length].ingest.accept(records, caller);
          });
          answers.push({ records, answer });
        };
        sending.push(ask());
        for (let turn = 0; turn < turns; turn++) await nextTurn();
      }
      for (const [place, price] of scenario.prices.entries()) {
        await publish(processes[place % processes.length], price, place);
        model.publish(price);
      }
      await Promise.all(sending);
      await rest(processes, log);

      for (const { records, answer } of answers) {
        assert.equal(answer.accepted + answer.duplicates + answer.rejected.length, records.length);
        for (const { code } of answer.rejected) assert.equal(code, 'identityConflict');
        const refused = new Set(answer.rejected.map(({ index }) => index));
        records.forEach((record, index) => {
          if (!refused.has(index)) model.count(record);
        });
        met.conflicts += refused.size;
        met.duplicates += answer.duplicates;
      }
      for (const { records, answer } of answers) {
        const refused = new Set(answer.rejected.map(({ index }) => index));
        records.forEach((record, index) => {
          const counted = model.counted.get(identityOf(record))?.record;
          const isCounted = JSON.stringify(counted) === JSON.stringify(composed(record));
          assert.equal(isCounted, !refused.has(index), 'what is refused has other content, and nothing else is');
        });
      }
      const lines = expectedLines(model.spend(), calendarOf('UTC'));
      const events = await everyEvent({ clock, log: stored, snapshots: new MemorySnapshots() });
      const folded = hashOf(replayed(events));
      for (const { views } of processes) {
        assert.deepEqual(linesOf(views), lines, 'each identity counts once');
        assert.equal(hashOf(views), folded, 'every process folds the same');
      }
      for (const process of processes) await process.kill();
    });
    await fc.assert(property, { seed, numRuns: runs(150, 5_000), includeErrorInReport: true });
    assert.ok(met.conflicts > 0 && met.duplicates > 0 && met.silences > 0, JSON.stringify(met));
  });
});
