import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Snapshots } from '#event-sourcing/ports/snapshots.js';

export interface SnapshotsUnderTest {
  readonly snapshots: Snapshots;
  /** Closes them and opens them again; absent when they keep nothing. */
  readonly reopen?: () => Promise<Snapshots>;
  readonly dispose: () => Promise<void>;
}

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const plain = (value: Uint8Array | undefined): number[] | undefined => value && [...value];

/** Each takes longer than a store may hold the event loop. */
function* slowParts(): Generator<readonly [string, Uint8Array]> {
  for (const key of ['b', 'c', 'd']) {
    const endsMs = performance.now() + 2;
    while (performance.now() < endsMs);
    yield [key, bytes(2)];
  }
}

/** What every store of snapshots promises. */
export const snapshotsContract = (name: string, open: () => Promise<SnapshotsUnderTest>): void => {
  describe(`snapshots: ${name}`, () => {
    let under: SnapshotsUnderTest;
    let snapshots: Snapshots;
    beforeEach(async () => {
      under = await open();
      snapshots = under.snapshots;
    });
    afterEach(() => under.dispose());

    it('begin with none', () => {
      assert.equal(snapshots.position(), undefined);
      assert.equal(snapshots.get('a'), undefined);
      assert.deepEqual(snapshots.keys(''), []);
    });

    it('keep parts that are not named, replace those that are, and remove those that are undefined', async () => {
      await snapshots.save(10, [
        ['a', bytes(1)],
        ['b', bytes(2)],
        ['c', bytes()],
      ]);
      await snapshots.save(20, [
        ['b', bytes(3, 4)],
        ['c', undefined],
        ['missing', undefined],
      ]);
      assert.equal(snapshots.position(), 20);
      assert.deepEqual(
        ['a', 'b', 'c'].map((key) => plain(snapshots.get(key))),
        [[1], [3, 4], undefined],
      );
      await snapshots.save(30, []);
      assert.equal(snapshots.position(), 30);
      assert.deepEqual(plain(snapshots.get('a')), [1]);
    });

    it('list the keys of a prefix in order', async () => {
      const keys = ['spend:b', 'spend:a', 'spend:a:1', 'spender', 'tasks:ü', 'tasks:猫', 'tasks:🦉'];
      await snapshots.save(
        1,
        keys.map((key) => [key, bytes(0)] as const),
      );
      assert.deepEqual(snapshots.keys('spend:'), ['spend:a', 'spend:a:1', 'spend:b']);
      assert.deepEqual(snapshots.keys('tasks:'), ['tasks:ü', 'tasks:猫', 'tasks:🦉']);
      assert.equal(snapshots.keys('').length, keys.length);
      assert.deepEqual(snapshots.keys('nothing'), []);
    });

    it('show the old snapshot until the new one is whole', async () => {
      await snapshots.save(1, [['a', bytes(1)]]);
      const saving = snapshots.save(2, [['a', bytes(2)]]);
      assert.deepEqual([snapshots.position(), plain(snapshots.get('a'))], [1, [1]]);
      await saving;
      assert.deepEqual([snapshots.position(), plain(snapshots.get('a'))], [2, [2]]);
    });

    it('keep the old snapshot when a part cannot be made', async () => {
      await snapshots.save(1, [
        ['a', bytes(1)],
        ['b', bytes(1)],
      ]);
      const parts = function* (): Generator<readonly [string, Uint8Array]> {
        yield ['a', bytes(2)];
        throw new Error('a defect in a view');
      };
      await assert.rejects(snapshots.save(2, parts()), /a defect in a view/);
      assert.deepEqual([snapshots.position(), plain(snapshots.get('a'))], [1, [1]]);
    });

    it('share no memory with who saved or read, and give bytes that typed arrays may lie on', async () => {
      const given = new Uint8Array(new Float64Array([1.5, 2.5]).buffer);
      await snapshots.save(1, [['numbers', given]]);
      given.fill(0);
      const first = snapshots.get('numbers') ?? bytes();
      assert.deepEqual([...new Float64Array(first.buffer, first.byteOffset, 2)], [1.5, 2.5]);
      first.fill(0);
      const second = snapshots.get('numbers') ?? bytes();
      assert.deepEqual([...new Float64Array(second.buffer, second.byteOffset, 2)], [1.5, 2.5]);
    });

    it('hold parts of several MiB', async () => {
      const large = new Uint8Array(5 << 20).map((_, index) => index * 31);
      await snapshots.save(1, [
        ['large', large],
        ['small', bytes(1)],
      ]);
      const stored = snapshots.get('large') ?? bytes();
      assert.equal(Buffer.compare(stored, large), 0);
      assert.equal(stored.byteOffset % 8, 0);
    });

    it('are gone when they are cleared, and can be saved anew', async () => {
      await snapshots.save(1, [['a', bytes(1)]]);
      await snapshots.clear();
      assert.deepEqual([snapshots.position(), snapshots.get('a'), snapshots.keys('')], [undefined, undefined, []]);
      await snapshots.save(2, [['b', bytes(2)]]);
      assert.deepEqual([snapshots.position(), snapshots.keys('')], [2, ['b']]);
    });

    it('are not half there after they were cleared while a part was made', async () => {
      await snapshots.save(1, [['a', bytes(1)]]);
      const saving = snapshots.save(2, slowParts());
      const outcome = assert.rejects(saving, /cleared/);
      await snapshots.clear();
      await outcome;
      assert.deepEqual([snapshots.position(), snapshots.keys('')], [undefined, []]);
      await snapshots.save(3, [['b', bytes(3)]]);
      assert.deepEqual([snapshots.position(), snapshots.keys('')], [3, ['b']]);
    });

    it('hold what a map would hold after any saves', async () => {
      const part = fc.tuple(
        fc.constantFrom('a', 'ab', 'b', 'c'),
        fc.option(fc.uint8Array({ maxLength: 20 }), { nil: undefined }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 5 }), async (saves) => {
          await snapshots.clear();
          const model = new Map<string, Uint8Array>();
          for (const [position, parts] of saves.entries()) {
            await snapshots.save(position, parts);
            for (const [key, value] of parts) {
              if (value === undefined) model.delete(key);
              else model.set(key, value);
            }
          }
          const again = under.reopen === undefined ? snapshots : (snapshots = await under.reopen());
          assert.equal(again.position(), saves.length === 0 ? undefined : saves.length - 1);
          assert.deepEqual(again.keys(''), [...model.keys()].sort());
          for (const [key, value] of model) assert.deepEqual(plain(again.get(key)), plain(value));
        }),
        { numRuns: 15 },
      );
    });
  });
};
