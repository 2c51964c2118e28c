import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inTurn, keepTurnsShort, TimeSlice } from './turns.js';

// Time passes when a test says so: a machine that stands still for a while changes nothing.
let nowMs = performance.now();
jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
/** Work that holds the event loop. */
const busy = (ms: number): void => {
  nowMs += ms;
};

/** Which turn of the event loop it is, counted from the call. */
const turnsFromNow = () => {
  let turn = 0;
  let counting = setImmediate(function count() {
    turn++;
    counting = setImmediate(count);
  });
  return {
    now: () => turn,
    stop: () => {
      clearImmediate(counting);
    },
  };
};

/** Begins pieces that take so long each, and tells in which turn each of them was done. */
const turnsOfPieces = async (pieces: number, ms: number): Promise<readonly number[]> => {
  const turns = turnsFromNow();
  const done: number[] = [];
  await Promise.all(
    Array.from({ length: pieces }, async () => {
      await inTurn();
      busy(ms);
      done.push(turns.now());
    }),
  );
  turns.stop();
  return done;
};

describe('pieces of work', () => {
  it('begin in the order in which they were asked for', async () => {
    const begun: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, place) => {
        await inTurn();
        begun.push(place);
        busy(0.3);
      }),
    );
    assert.deepEqual(
      begun,
      [...begun].sort((one, other) => one - other),
    );
  });

  it('that fill a turn have it to themselves while somebody waits for answers', async () => {
    keepTurnsShort();
    const turns = await turnsOfPieces(5, 1);
    assert.equal(new Set(turns).size, 5, `turns ${turns.join(', ')}`);
  });

  it('share turns that are longer when nobody has asked anything for a second', async () => {
    keepTurnsShort();
    busy(1_010);
    const turns = await turnsOfPieces(8, 1);
    assert.equal(new Set(turns).size, 2, `turns ${turns.join(', ')}`);
  });

  it('leave the rest of a turn to those that come later', async () => {
    keepTurnsShort();
    await turnsOfPieces(1, 1);
    await nextTurn();
    const turns = await turnsOfPieces(1, 0);
    assert.ok(turns[0] <= 1, 'no turn is lost');
  });
});

describe('answers that take long', () => {
  it('are worked out a piece a turn, whoever asked, each in its turn', async () => {
    keepTurnsShort();
    const turns = turnsFromNow();
    const pieces: { readonly turn: number; readonly reader: number }[] = [];
    await Promise.all(
      [0, 1, 2].map(async (reader) => {
        const work = TimeSlice.ofReading();
        for (let piece = 0; piece < 5; piece++) {
          busy(1);
          await work.pause();
          pieces.push({ turn: turns.now(), reader });
        }
      }),
    );
    turns.stop();
    assert.equal(new Set(pieces.map(({ turn }) => turn)).size, 15, JSON.stringify(pieces));
    assert.deepEqual(
      pieces.map(({ reader }) => reader),
      Array.from({ length: 15 }, (_, piece) => piece % 3),
    );
  });

  it('wait for those that came before from the first piece on', async () => {
    keepTurnsShort();
    const before = TimeSlice.ofReading();
    busy(1);
    const waiting = before.pause();
    const turns = turnsFromNow();
    const begun: number[] = [];
    const reader = async (): Promise<void> => {
      await TimeSlice.ofReading().pause();
      begun.push(turns.now());
    };
    await Promise.all([waiting, ...Array.from({ length: 10 }, reader)]);
    turns.stop();
    assert.equal(new Set(begun).size, 10, begun.join(', '));
  });

  it('take no turn while their piece lasts', async () => {
    keepTurnsShort();
    const turns = turnsFromNow();
    const work = TimeSlice.ofReading();
    for (let step = 0; step < 100; step++) await work.pause();
    assert.equal(turns.now(), 0);
    turns.stop();
  });
});

describe('piecework', () => {
  it('is due when its piece is over, and begins the next one in a later turn', async () => {
    keepTurnsShort();
    const work = new TimeSlice();
    busy(1);
    assert.equal(work.isDue(), true);
    const turns = turnsFromNow();
    await work.giveWay();
    turns.stop();
    assert.ok(turns.now() <= 2);
    busy(1);
    assert.equal(work.isDue(), true);
  });
});
