import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Command } from '#kernel/decider.js';
import { isRefusal, refuse } from '#kernel/refusal.js';
import { MemoryEventLog } from '#event-log-memory/event-log.js';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { SystemClock } from '#system-clock/clock.js';
import { Feed } from '../feed/feed.js';
import { Fold } from '../fold.js';
import { noStream, type StoredEvent } from '../ports/event-log.js';
import { proposeEvent } from '../ports/propose-event.js';
import { type StreamState, View } from '../view.js';
import { Commands, type ExecuteOptions, type StoredDecider } from './execute.js';
import { IdempotencyKeysView } from './idempotency-keys.view.js';

interface Add extends Command {
  readonly data: { readonly amount: number; readonly most: number };
}
const added = z.strictObject({ type: z.literal('Added'), data: z.strictObject({ amount: z.int() }) });
type Added = z.infer<typeof added>;

const stream = 'sum-of-all';
const tooMuch = refuse('invalidAmount', 'The sum would be too much.');

/** A decider of sums that counts how often it evolves one. */
const countingDecider = () => {
  const calls = { evolve: 0 };
  const decider: StoredDecider<Add, number, Added, 'invalidAmount'> = {
    initial: 0,
    evolve: (sum, { data }) => {
      calls.evolve++;
      return sum + data.amount;
    },
    decide: ({ data: { amount, most } }, sum) =>
      sum + amount > most ? tooMuch : [{ type: 'Added', data: { amount } }],
    event: added,
  };
  return { decider, calls };
};

/** The sum, folded by the decider's `evolve`. */
class SumView extends View {
  readonly name = 'sum';
  readonly handles = ['Added'];
  kept: StreamState<number> | undefined;
  /** Forgets whatever it folds, or leaves one event out. */
  mishap: 'none' | 'forgets' | 'skips' = 'none';

  constructor(private readonly decider: StoredDecider<Add, number, Added, 'invalidAmount'>) {
    super();
  }
  apply(event: StoredEvent): void {
    if (this.mishap === 'skips') return;
    const state = this.decider.evolve(this.kept?.state ?? 0, added.parse({ type: event.type, data: event.data }));
    this.kept = this.mishap === 'forgets' ? undefined : { state, revision: event.revision };
  }
  save = () => ({});
  load(): void {
    throw new Error('it is never saved');
  }
}

const meta = (commandId: string) => ({ commandId, nowMs: 0, actor: 'system:test', reason: '' });

const start = async () => {
  const log = new MemoryEventLog(new SystemClock());
  const { decider, calls } = countingDecider();
  const [view, keys] = [new SumView(decider), new IdempotencyKeysView()];
  const feed = new Feed(log, new Fold([keys, view]), new MemoryLocationIndex());
  const commands = new Commands(log, feed, keys);
  let count = 0;
  const execute = (amount: number, most: number, options?: ExecuteOptions<number, 'notFound'>) =>
    commands.execute(
      decider,
      stream,
      { type: 'Add', data: { amount, most }, meta: meta(`add ${String(count++)}`) },
      options,
    );
  return {
    view,
    calls,
    feed,
    add: (amount: number, most = Infinity) => execute(amount, most, { inView: () => view.kept }),
    addUnseen: (amount: number, most: number) => execute(amount, most),
    addWith: (amount: number, most: number, options: ExecuteOptions<number, 'notFound'>) =>
      execute(amount, most, { inView: () => view.kept, ...options }),
    /** With an id of the sender's own. */
    addAs: (commandId: string, options: ExecuteOptions<number, 'notFound'>) =>
      commands.execute(decider, stream, { type: 'Add', data: { amount: 1, most: 9 }, meta: meta(commandId) }, options),
    commandIds: async () =>
      (await log.read(stream, 0, Number.MAX_SAFE_INTEGER)).map(({ meta: { commandId } }) => commandId),
    /** What another process stores. */
    appendElsewhere: async (...amounts: readonly number[]) => {
      const known = await log.read(stream, 0, Number.MAX_SAFE_INTEGER);
      const events = amounts.map((amount, place) => {
        const event = { type: 'Added', data: { amount } };
        return proposeEvent(`elsewhere ${String(count++)}`, place, event, {
          ...{ commandId: 'elsewhere', now: '2026-11-20T00:00:00.000Z', actor: 'system:other', reason: '' },
        });
      });
      await log.append({ stream, expectedRevision: known.length + noStream, events });
    },
    /** Every amount in the log. */
    amounts: async () =>
      (await log.read(stream, 0, Number.MAX_SAFE_INTEGER)).map(({ data }) => ('amount' in data ? data.amount : null)),
    stop: async () => {
      await feed.stop();
      await log.close();
    },
  };
};

type Room = Awaited<ReturnType<typeof start>>;
const inRoom = async (use: (room: Room) => Promise<void>): Promise<void> => {
  const room = await start();
  try {
    await use(room);
  } finally {
    await room.stop();
  }
};

describe('a command about a stream that a view folds', () => {
  it('is decided on the state of the view: every event is evolved once', () =>
    inRoom(async ({ feed, add, calls, amounts }) => {
      await feed.start();
      for (const amount of [1, 2, 3]) assert.ok(!isRefusal(await add(amount)));
      assert.equal(calls.evolve, 3);
      assert.deepEqual(await add(5, 10), tooMuch);
      assert.deepEqual(await add(4, 10), { revision: 3, repeated: false });
      assert.equal(calls.evolve, 4);
      assert.deepEqual(await amounts(), [1, 2, 3, 4]);
    }));

  it('waits until the view has folded what others have stored', () =>
    inRoom(async ({ feed, add, calls, appendElsewhere, amounts }) => {
      await appendElsewhere(7);
      const answer = add(2, 8);
      await feed.start();
      assert.deepEqual(await answer, tooMuch);
      assert.deepEqual(await add(1, 8), { revision: 1, repeated: false });
      assert.equal(calls.evolve, 2);
      assert.deepEqual(await amounts(), [7, 1]);
    }));

  it('waits for all of it, however far the view is behind', () =>
    inRoom(async ({ feed, add, calls, appendElsewhere }) => {
      await appendElsewhere(...new Array<number>(1_200).fill(1));
      const answer = add(1, 1_200);
      await feed.start();
      assert.deepEqual(await answer, tooMuch);
      assert.equal(calls.evolve, 1_200);
    }));

  it('is decided again when another was faster', () =>
    inRoom(async ({ feed, add, calls, amounts }) => {
      await feed.start();
      const answers = await Promise.all([add(6, 10), add(6, 10), add(4, 10)]);
      assert.equal(answers.filter(isRefusal).length, 1);
      assert.deepEqual(await amounts(), [6, 4]);
      assert.equal(calls.evolve, 2);
    }));

  it('is decided on what the log says when the view has forgotten it, every time', () =>
    inRoom(async ({ feed, add, view, amounts }) => {
      view.mishap = 'forgets';
      await feed.start();
      assert.deepEqual(await add(6, 10), { revision: 0, repeated: false });
      assert.deepEqual(await add(6, 10), tooMuch);
      assert.deepEqual(await add(4, 10), { revision: 1, repeated: false });
      view.mishap = 'none';
      assert.deepEqual(await add(1, 10), tooMuch);
      assert.deepEqual(await amounts(), [6, 4]);
    }));

  it('fails when the view has not folded what it should have', () =>
    inRoom(async ({ feed, add, view, appendElsewhere, amounts }) => {
      await feed.start();
      await add(1);
      view.mishap = 'skips';
      await appendElsewhere(2);
      await assert.rejects(add(3), /sum-of-all: the view that has folded revision 1 says that it stands at 0/);
      assert.deepEqual(await amounts(), [1, 2]);
    }));
});

describe('a command about a stream that no view folds', () => {
  it('is decided on what is remembered of it, and on what has come since', () =>
    inRoom(async ({ feed, addUnseen, view, calls, appendElsewhere }) => {
      view.mishap = 'skips';
      await feed.start();
      assert.ok(!isRefusal(await addUnseen(6, 10)));
      await appendElsewhere(3);
      assert.deepEqual(await addUnseen(2, 10), tooMuch);
      assert.deepEqual(await addUnseen(1, 10), { revision: 2, repeated: false });
      assert.equal(calls.evolve, 2);
    }));
});

describe('a command for which something is looked up', () => {
  it('is decided on what is found then, and looked up again when another was faster meanwhile', () =>
    inRoom(async ({ feed, add, addWith, appendElsewhere, amounts }) => {
      await feed.start();
      await add(1);
      const seen: number[] = [];
      const lookUp = async (sum: number): Promise<number> => {
        seen.push(sum);
        if (seen.length === 1) await appendElsewhere(5);
        return sum + 1;
      };
      assert.deepEqual(await addWith(2, 9, { lookUp }), { revision: 2, repeated: false });
      assert.deepEqual(seen, [1, 6]);
      assert.deepEqual(await addWith(1, 9, { lookUp }), tooMuch);
      assert.deepEqual(await amounts(), [1, 5, 2]);
    }));

  it('is refused for what it does not find, even if its key is spent', () =>
    inRoom(async ({ feed, addAs, amounts }) => {
      await feed.start();
      const notFound = refuse('notFound', 'It is not there.');
      const lookUp = () => Promise.resolve(notFound);
      assert.deepEqual(await addAs('key-a:one', {}), { revision: 0, repeated: false });
      assert.deepEqual(await addAs('key-a:two', { lookUp }), notFound);
      assert.ok(isRefusal(await addAs('key-a:two', {})));
      assert.deepEqual(await amounts(), [1]);
    }));
});

describe('a command whose id says at which revision it is decided', () => {
  it('is stored under the id of the revision at which it was stored', () =>
    inRoom(async ({ feed, addWith, appendElsewhere, commandIds }) => {
      await feed.start();
      let tries = 0;
      const lookUp = async (sum: number): Promise<number> => {
        if (tries++ === 0) await appendElsewhere(5);
        return sum;
      };
      const commandIdAt = (revision: number) => `step behind ${String(revision)}`;
      await addWith(1, 9, { commandIdAt });
      await addWith(1, 9, { commandIdAt, lookUp });
      assert.deepEqual(await commandIds(), ['step behind -1', 'elsewhere', 'step behind 1']);
    }));
});
