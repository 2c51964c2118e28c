import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { type AppendOutcome, type EventLog, LogFailure, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import type { AppendFault } from '#test/eventstore/faults.js';
import { everythingIn, impatient, withProcesses } from '#test/eventstore/processes.js';
import type { StandIn } from '#test/eventstore/stand-in.js';
import { runs } from '#test/support/runs.js';

interface Step {
  readonly stream: number;
  readonly events: number;
  readonly trouble: AppendFault | 'cut' | 'silence' | 'none';
}

/** What a process was told about an append, and how to find it in the log. */
interface Told {
  readonly cause: string;
  readonly stream: string;
  readonly events: number;
  readonly outcome: AppendOutcome | 'unknown';
}

const fault: fc.Arbitrary<AppendFault> = fc.record({
  isStored: fc.boolean(),
  then: fc.constantFrom('silence', 'cut', 'error', 'late'),
});
const step: fc.Arbitrary<Step> = fc.record({
  stream: fc.nat(2),
  events: fc.integer({ min: 1, max: 3 }),
  trouble: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step['trouble']>('none') },
    { weight: 3, arbitrary: fault },
    { weight: 1, arbitrary: fc.constantFrom<Step['trouble']>('cut', 'silence') },
  ),
});
const histories = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 3 });

/** Stalls are many here. */
const hasty = { ...impatient, attemptMs: 60, giveUpMs: 600 };

describe('any history of several processes in an event store', () => {
  it('is one log in which each append stands once or not at all, as it was answered', () =>
    fc.assert(
      fc.asyncProperty(histories, (given) =>
        withProcesses(async ({ standIn, open }) => {
          const logs = await Promise.all(given.map(() => open(new MemoryRecords(), hasty)));
          const told = await Promise.all(
            given.map((steps, process) => live(logs[process], standIn, steps, String(process))),
          );
          standIn.faults.appends.length = 0;
          const everything = await everythingIn(await open());
          assert.deepEqual(
            everything.map(({ position }) => position),
            everything.map((_, index) => index + 1),
          );
          for (const each of told.flat()) assertTrue(each, everything);
          // A process that appends nothing cannot know of a subscription that says nothing over a connection that lives.
          standIn.way.cut();
          for (const log of logs) {
            while ((await log.head()) < everything.length) await setTimeout(1);
            assert.deepEqual(await everythingIn(log), everything);
          }
        }),
      ),
      { numRuns: runs(15, 1_000), endOnFailure: true },
    ));
});

/** One process: it appends at the end of a stream as it knows it, whatever goes wrong meanwhile. */
const live = async (log: EventLog, standIn: StandIn, steps: readonly Step[], process: string): Promise<Told[]> => {
  const told: Told[] = [];
  for (const [index, { stream: number, events, trouble }] of steps.entries()) {
    const stream = `stream ${String(number)}`;
    const cause = `${process}/${String(index)}`;
    if (trouble === 'cut') standIn.way.cut();
    else if (trouble === 'silence') standIn.faults.silenceSubscriptions();
    else if (trouble !== 'none') standIn.faults.appends.push(trouble);
    const known = await log.read(stream, 0, 1_000);
    const outcome = await log.append(appendOf(stream, known.length - 1, events, cause)).catch((error: unknown) => {
      assert.ok(error instanceof LogFailure && error.code === 'unavailable', String(error));
      return 'unknown' as const;
    });
    told.push({ cause, stream, events, outcome });
  }
  return told;
};

const assertTrue = ({ cause, stream, events, outcome }: Told, everything: readonly StoredEvent[]): void => {
  const stored = everything.filter(({ meta }) => meta.commandId === cause);
  if (outcome === 'unknown') {
    assert.ok(stored.length === 0 || stored.length === events, `a part of ${cause} was stored`);
  } else if (outcome.code === 'revisionConflict') {
    assert.equal(stored.length, 0, `${cause} was called a conflict and was stored`);
  } else {
    assert.equal(outcome.repeated, false);
    assert.deepEqual(
      stored.map((event) => [event.stream, event.revision]),
      Array.from({ length: events }, (_, index) => [stream, outcome.revision - events + 1 + index]),
    );
    assert.equal(stored[events - 1].position, outcome.position);
  }
};
