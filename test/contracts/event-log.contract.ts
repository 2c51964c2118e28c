import assert from 'node:assert/strict';
import { type EventLog, noStream, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { itWhen } from '#test/support/it-when.js';
import { appendOf, proposed, until } from './event-log.support.js';
import { assertTotalOrder } from './total-order.js';

/** How a suite gets the log it looks at. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Closes the log and opens it again with what it kept; absent when a log keeps nothing. */
  readonly reopen?: () => Promise<EventLog>;
  /** The log as another process has it that appends to the same; absent when no other may. */
  readonly another?: () => Promise<EventLog>;
  /** Closes the log and removes what it left. */
  readonly dispose: () => Promise<void>;
}

/**
 * What every event log promises, whatever stores it.
 *
 * @param isDurable whether it promises to keep what it holds when it is closed
 */
export const eventLogContract = (name: string, open: () => Promise<LogUnderTest>, isDurable = true): void => {
  const itIfDurable = itWhen(isDurable, 'this log keeps nothing');
  describe(`event log: ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    beforeEach(async () => {
      under = await open();
      log = under.log;
    });
    afterEach(() => under.dispose());

    it('begins empty', async () => {
      assert.equal(await log.head(), 0);
      assert.deepEqual(await log.readAll(0, 10), []);
      assert.deepEqual(await log.read('a', 0, 10), []);
      assert.equal(await log.readAt(1), undefined);
    });

    it('stores events with revision, position, id, content and time', async () => {
      const events = [proposed('a', 0), proposed('a', 1)];
      const outcome = await log.append({ stream: 'a', expectedRevision: noStream, events });
      assert.deepEqual(outcome, { code: 'stored', revision: 1, position: 2, repeated: false });
      const stored = await log.read('a', 0, 10);
      assert.deepEqual(
        stored.map(({ position, stream, revision, id, type, data, meta }) => ({
          position,
          stream,
          revision,
          id,
          type,
          data,
          meta,
        })),
        events.map(({ id, type, data, meta }, revision) => ({
          position: revision + 1,
          stream: 'a',
          revision,
          id,
          type,
          data,
          meta,
        })),
      );
      assert.ok(stored.every(({ recordedAtMs }) => Number.isSafeInteger(recordedAtMs) && recordedAtMs > 0));
      assert.deepEqual(await log.readAll(0, 10), stored);
      assert.deepEqual(await log.readAt(2), stored[1]);
      assert.equal(await log.head(), 2);
    });

    it('reads from where it is asked, as much as it is asked', async () => {
      await log.append(appendOf('a', noStream, 5));
      await log.append(appendOf('b', noStream, 2));
      const revisions = async (from: number, limit: number) =>
        (await log.read('a', from, limit)).map((e) => e.revision);
      const positions = async (after: number, limit: number) =>
        (await log.readAll(after, limit)).map((e) => e.position);
      assert.deepEqual(await revisions(3, 10), [3, 4]);
      assert.deepEqual(await revisions(1, 2), [1, 2]);
      assert.deepEqual(await revisions(5, 10), []);
      assert.deepEqual(await positions(4, 2), [5, 6]);
      assert.deepEqual(await positions(7, 10), []);
      for (const nowhere of [0, -1, 8, 1.5]) assert.equal(await log.readAt(nowhere), undefined);
    });

    it('refuses an append that does not know the last revision, and stores nothing of it', async () => {
      await log.append(appendOf('a', noStream, 2, 'first'));
      for (const expectedRevision of [noStream, 0, 2, 7]) {
        const outcome = await log.append(appendOf('a', expectedRevision, 1, `late ${String(expectedRevision)}`));
        assert.deepEqual(outcome, { code: 'revisionConflict', actualRevision: 1 });
      }
      assert.equal(await log.head(), 2);
      const outcome = await log.append(appendOf('b', 3, 1));
      assert.deepEqual(outcome, { code: 'revisionConflict', actualRevision: noStream });
    });

    it('answers a repeat of the same events with where they stand, whatever followed', async () => {
      const first = appendOf('a', noStream, 2, 'first');
      const second = appendOf('a', 1, 1, 'second');
      await log.append(first);
      await log.append(second);
      await log.append(appendOf('b', noStream, 1));
      await log.append(appendOf('a', 2, 3, 'third'));
      assert.deepEqual(await log.append(first), { code: 'stored', revision: 1, position: 2, repeated: true });
      assert.deepEqual(await log.append(second), { code: 'stored', revision: 2, position: 3, repeated: true });
      assert.equal(await log.head(), 7);
    });

    it('takes a repeat with other content, or of a part and more, for a conflict', async () => {
      await log.append(appendOf('a', noStream, 2, 'first'));
      const other = {
        ...appendOf('a', noStream, 2, 'first'),
        events: [proposed('first', 0), proposed('first', 1, 'other')],
      };
      assert.deepEqual(await log.append(other), { code: 'revisionConflict', actualRevision: 1 });
      const longer = appendOf('a', noStream, 3, 'first');
      assert.deepEqual(await log.append(longer), { code: 'revisionConflict', actualRevision: 1 });
      const swapped = { ...other, events: [proposed('first', 1), proposed('first', 0)] };
      assert.deepEqual(await log.append(swapped), { code: 'revisionConflict', actualRevision: 1 });
      assert.equal(await log.head(), 2);
    });

    it('answers a repeat that overtakes the flush of the first', async () => {
      const append = appendOf('a', noStream, 2);
      const outcomes = await Promise.all([log.append(append), log.append(append)]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.code === 'stored' && [outcome.position, outcome.repeated]),
        [
          [2, false],
          [2, true],
        ],
      );
    });

    it('lets each of several appends succeed or fail alone', async () => {
      await log.append(appendOf('b', noStream, 1, 'earlier'));
      const outcomes = await log.appendMany([
        appendOf('a', noStream, 1, 'one'),
        appendOf('b', noStream, 1, 'two'),
        appendOf('a', 0, 2, 'three'),
        appendOf('c', 5, 1, 'four'),
        appendOf('b', 0, 1, 'five'),
      ]);
      assert.deepEqual(outcomes, [
        { code: 'stored', revision: 0, position: 2, repeated: false },
        { code: 'revisionConflict', actualRevision: 1 },
        { code: 'stored', revision: 2, position: 4, repeated: false },
        { code: 'revisionConflict', actualRevision: noStream },
        { code: 'stored', revision: 1, position: 5, repeated: false },
      ]);
      assert.deepEqual(
        (await log.readAll(1, 10)).map((event) => event.stream),
        ['a', 'a', 'a', 'b'],
      );
      assert.deepEqual(await log.appendMany([]), []);
    });

    it('lets exactly one of two writers through', async () => {
      const outcomes = await Promise.all(
        ['one', 'two', 'three'].map((writer) => log.append(appendOf('a', noStream, 2, writer))),
      );
      assert.deepEqual(
        outcomes.map(({ code }) => code),
        ['stored', 'revisionConflict', 'revisionConflict'],
      );
      assert.equal(await log.head(), 2);
    });

    it('rejects what is no append', async () => {
      const empty = { stream: 'a', expectedRevision: noStream, events: [] };
      const tooLong = appendOf('x'.repeat(301), noStream, 1);
      for (const wrong of [empty, tooLong, appendOf('', noStream, 1)]) {
        await assert.rejects(log.appendMany([appendOf('good', noStream, 1), wrong]), RangeError);
      }
      assert.equal(await log.head(), 0);
    });

    it('keeps streams apart whatever they are called', async () => {
      const names = [
        'user-Zoë',
        'user-Zo',
        'user-Zoe\u0301',
        '猫'.repeat(300),
        '🦉'.repeat(150),
        'a/b:c|d "e" \\',
        'a',
        'a ',
        'A',
        '0',
      ];
      for (const name of names) await log.append(appendOf(name, noStream, 2, name));
      for (const name of names) {
        const stored = await log.read(name, 0, 10);
        assert.deepEqual(
          stored.map(({ stream, revision }) => [stream, revision]),
          [
            [name, 0],
            [name, 1],
          ],
        );
        const conflict = await log.append(appendOf(name, 0, 1, 'late'));
        assert.deepEqual(conflict, { code: 'revisionConflict', actualRevision: 1 });
      }
    });

    it('stores events of 1 MiB and of any characters', async () => {
      const texts = ['x'.repeat(1 << 20), '\u0000\n"\\ 🦉 \u202e', ''];
      const events = texts.map((text, index) => proposed('big', index, text));
      await log.append({ stream: 'a', expectedRevision: noStream, events });
      assert.deepEqual(
        (await log.read('a', 0, 10)).map(({ data }) => data),
        texts.map((text) => ({ text })),
      );
    });

    it('shows nothing before it is durable', async () => {
      const outcome = log.append(appendOf('a', noStream, 1));
      assert.equal(await log.head(), 0);
      assert.deepEqual(await log.readAll(0, 10), []);
      await outcome;
      assert.equal(await log.head(), 1);
    });

    it('gives a subscriber everything after a position, and then what is appended', async () => {
      await log.append(appendOf('a', noStream, 200));
      const seen: StoredEvent[] = [];
      const subscription = log.subscribe(150, (events) => void seen.push(...events));
      await until(() => seen.length === 50);
      await log.append(appendOf('b', noStream, 3));
      await until(() => seen.length === 53);
      assert.deepEqual(seen, await log.readAll(150, 100));
      await subscription.close();
      await log.append(appendOf('c', noStream, 1));
      assert.equal(seen.length, 53);
    });

    it('waits for the listener before it hands over the next batch', async () => {
      let busy = 0;
      let most = 0;
      let seen = 0;
      const subscription = log.subscribe(0, async (events) => {
        most = Math.max(most, ++busy);
        await new Promise((resolve) => setImmediate(resolve));
        busy--;
        seen += events.length;
      });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => log.append(appendOf(`s${String(index)}`, noStream, 20))),
      );
      await until(() => seen === 400);
      assert.equal(most, 1);
      await subscription.close();
    });

    it('fails for good when a listener throws', async () => {
      log.subscribe(0, () => {
        throw new Error('a defect in a view');
      });
      await log.append(appendOf('a', noStream, 1));
      assert.equal((await log.failed).code, 'listenerFailed');
      await assert.rejects(log.append(appendOf('a', 0, 1)), { code: 'listenerFailed' });
    });

    it('takes no append once it is closed, and finishes those it took', async () => {
      const taken = log.append(appendOf('a', noStream, 1));
      const closing = log.close();
      await assert.rejects(log.append(appendOf('b', noStream, 1)), { code: 'closed' });
      await closing;
      assert.equal((await taken).code, 'stored');
    });

    it('shows every subscriber the one total order, once, whenever it came and however slow it is', () =>
      assertTotalOrder(open));

    it('says where it ends, whoever has appended', async () => {
      assert.equal(log.outOfReach(), undefined);
      assert.equal(await log.latest(), 0);
      const other = await under.another?.();
      assert.equal(log.isShared, other !== undefined);
      for (let revision = noStream; revision < 20; revision++) {
        const append = appendOf('a', revision, 1);
        const stored = await (other ?? log).append(append);
        assert.equal(await log.latest(), revision + 2);
        assert.ok(stored.code === 'stored' && stored.position === (await log.head()));
        assert.equal((await log.readAt(stored.position))?.id, append.events[0].id);
      }
    });

    itIfDurable('keeps everything when it is opened again', async () => {
      assert.ok(under.reopen !== undefined);
      const first = appendOf('a', noStream, 3, 'first');
      await log.append(first);
      await log.append(appendOf('猫', noStream, 1, 'cat'));
      const before = await log.readAll(0, 10);
      const again = await under.reopen();
      assert.deepEqual(await again.readAll(0, 10), before);
      assert.equal(await again.head(), 4);
      assert.deepEqual(await again.append(first), { code: 'stored', revision: 2, position: 3, repeated: true });
      assert.deepEqual(await again.append(appendOf('a', 0, 1, 'late')), {
        code: 'revisionConflict',
        actualRevision: 2,
      });
      assert.deepEqual(await again.append(appendOf('a', 2, 1, 'next')), {
        code: 'stored',
        revision: 3,
        position: 5,
        repeated: false,
      });
    });
  });
};
