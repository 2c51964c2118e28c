import assert from 'node:assert/strict';
import fc from 'fast-check';
import { finish, fingerprintWords } from '#kernel/fingerprint.js';
import type { LogLocation, LocationIndex } from '#event-sourcing/ports/location-index.js';

/** One index that can be opened again, as after a restart. */
export interface PlaceIndexHarness {
  /** Opens what the manifest names, or an empty index. The one that was open before is closed already, or has crashed. */
  readonly open: (manifest?: unknown) => Promise<LocationIndex>;
  readonly dispose: () => Promise<void>;
}

/** Keys 0, 1, 2... Every fourth begins with the same two words as the three before it. */
const keyOf = (number: number): Uint32Array => {
  const family = Math.floor(number / 4);
  return Uint32Array.of(finish(family + 1), finish(family + 1000), number);
};

const place = (position: number, row = 0, tag = 0): LogLocation => ({ position, row, tag });

const throughJson = (manifest: object): unknown => JSON.parse(JSON.stringify(manifest));

/** What every place index promises, told by examples and checked against a map. */
export const placeIndexContract = (name: string, makeHarness: () => Promise<PlaceIndexHarness>): void => {
  describe(`the place index contract, kept by ${name}`, () => {
    let harness: PlaceIndexHarness;
    let index: LocationIndex;

    beforeEach(async () => {
      harness = await makeHarness();
      index = await harness.open();
    });
    afterEach(async () => {
      await index.close();
      await harness.dispose();
    });

    const add = (key: number, ...places: readonly LogLocation[]): void => {
      for (const one of places) index.add(keyOf(key), 0, one);
    };
    const first = (key: number): LogLocation | undefined => index.first(keyOf(key), 0);
    const all = (key: number): readonly LogLocation[] => index.all(keyOf(key), 0);
    const reopen = async (manifest: object): Promise<void> => {
      await index.close();
      index = await harness.open(throughJson(manifest));
    };

    it('finds nothing under a key that was never added', () => {
      add(1, place(1));
      assert.equal(first(2), undefined);
      assert.deepEqual(all(2), []);
    });

    it('reads a key from where it stands among other words', () => {
      const words = new Uint32Array(4 * fingerprintWords);
      words.set(keyOf(7), 2 * fingerprintWords);
      index.add(words, 2 * fingerprintWords, place(3, 4, 5));
      assert.deepEqual(first(7), place(3, 4, 5));
    });

    it('keeps neither the words nor the place it was given: the caller uses them again', () => {
      const words = keyOf(1);
      const scratch = { position: 1, row: 2, tag: 3 };
      index.add(words, 0, scratch);
      words.set(keyOf(2));
      scratch.position = 9;
      assert.deepEqual(all(1), [place(1, 2, 3)]);
      assert.deepEqual(all(2), []);
    });

    it('answers the earliest place first and all places in log order, in whatever order they came', () => {
      add(1, place(5, 2), place(9), place(5, 1), place(2, 7), place(6));
      assert.deepEqual(first(1), place(2, 7));
      assert.deepEqual(all(1), [place(2, 7), place(5, 1), place(5, 2), place(6), place(9)]);
    });

    it('keeps keys apart that differ in one word only', () => {
      const keys = [Uint32Array.of(1, 2, 3), Uint32Array.of(4, 2, 3), Uint32Array.of(1, 4, 3), Uint32Array.of(1, 2, 4)];
      keys.forEach((key, number) => index.add(key, 0, place(10 + number)));
      assert.deepEqual(
        keys.map((key) => index.all(key, 0)),
        keys.map((_, number) => [place(10 + number)]),
      );
    });

    it('keeps the largest position, row and tag', async () => {
      const last = place(Number.MAX_SAFE_INTEGER, 65_535, 2 ** 32 - 1);
      add(1, last, place(2 ** 32), place(2 ** 32 - 1));
      await reopen(await index.checkpoint());
      assert.deepEqual(all(1), [place(2 ** 32 - 1), place(2 ** 32), last]);
    });

    it('takes a place that is added again as the same, also after a restart', async () => {
      const places = Array.from({ length: 50 }, (_, position) => place(position + 1));
      add(1, ...places, ...places);
      await reopen(await index.checkpoint());
      add(1, ...places);
      assert.deepEqual(all(1), places);
      await reopen(await index.checkpoint());
      assert.deepEqual(all(1), places);
    });

    it('holds a hundred thousand places under one key', async () => {
      const places = Array.from({ length: 100_000 }, (_, row) => place(1 + Math.floor(row / 500), row % 500, row));
      add(1, ...places.slice(0, 60_000));
      const manifest = await index.checkpoint();
      add(1, ...places.slice(60_000));
      assert.deepEqual(first(1), places[0]);
      assert.deepEqual(all(1), places);
      await reopen(manifest);
      assert.deepEqual(all(1), places.slice(0, 60_000));
    });

    it('seals what was added before the call, and nothing that came after it', async () => {
      add(1, place(1));
      const sealing = index.checkpoint();
      add(1, place(2));
      add(2, place(2));
      const manifest = await sealing;
      add(3, place(3));
      assert.deepEqual(all(1), [place(1), place(2)]);
      await reopen(manifest);
      assert.deepEqual(all(1), [place(1)]);
      assert.equal(first(2), undefined);
      assert.equal(first(3), undefined);
    });

    it('goes back to the manifest before the last, and on from there', async () => {
      add(1, place(1));
      const older = await index.checkpoint();
      add(1, place(2));
      await index.checkpoint();
      add(1, place(3));
      await reopen(older);
      assert.deepEqual(all(1), [place(1)]);
      add(1, place(2), place(4));
      await reopen(await index.checkpoint());
      assert.deepEqual(all(1), [place(1), place(2), place(4)]);
    });

    it('seals an empty index, and twice the same', async () => {
      await reopen(await index.checkpoint());
      assert.equal(first(1), undefined);
      add(1, place(1));
      assert.deepEqual(await index.checkpoint(), await index.checkpoint());
    });

    it('finishes a seal that is under way before it closes', async () => {
      add(1, place(1));
      const sealing = index.checkpoint();
      await index.close();
      index = await harness.open(throughJson(await sealing));
      assert.deepEqual(first(1), place(1));
    });

    it('counts its places and its memory', async () => {
      add(1, place(1), place(2));
      add(2, place(1));
      await index.checkpoint();
      add(3, place(4));
      assert.equal(index.size().places, 4);
      assert.ok(index.size().memoryBytes > 0);
    });
  });
};

/** The whole of it as one property. Few steps, so an index should be made to seal, write and merge after a few places. */
export const placeIndexIsAMap = (
  name: string,
  makeHarness: () => Promise<PlaceIndexHarness>,
  numRuns: number,
): void => {
  it(`${name} is a map from keys to sets of places, whatever is sealed and lost in between`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), async (steps) => {
        const harness = await makeHarness();
        try {
          await walk(harness, steps);
        } finally {
          await harness.dispose();
        }
      }),
      { numRuns },
    );
  });
};

type Step =
  | { readonly do: 'add'; readonly key: number; readonly place: LogLocation }
  | { readonly do: 'ask'; readonly key: number }
  | { readonly do: 'seal' }
  | { readonly do: 'restart'; readonly from: number };

const keys = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant('add'),
      key: keys,
      place: fc.record({ position: fc.integer({ min: 1, max: 20 }), row: fc.nat({ max: 2 }), tag: fc.nat({ max: 1 }) }),
    }),
  },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('ask'), key: keys }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('seal') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), from: fc.nat({ max: 1 }) }) },
);

/** Places by key, each as [position, row, tag] in JSON, which is what makes two of them the same. */
type Model = ReadonlyMap<number, ReadonlySet<string>>;

const compareTriples = (a: readonly number[], b: readonly number[]): number =>
  a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

const modelled = (model: Model, key: number): readonly LogLocation[] =>
  [...(model.get(key) ?? [])]
    .map((text) => JSON.parse(text) as readonly number[])
    .sort(compareTriples)
    .map(([position, row, tag]) => ({ position, row, tag }));

/** Does the steps to an index and to a map, and compares each answer. A restart goes back to one of the last two seals. */
const walk = async (harness: PlaceIndexHarness, steps: readonly Step[]): Promise<void> => {
  let index = await harness.open();
  let model: Model = new Map();
  let sealed: readonly { readonly manifest: unknown; readonly model: Model }[] = [{ manifest: undefined, model }];
  for (const next of steps) {
    switch (next.do) {
      case 'add': {
        const { position, row, tag } = next.place;
        index.add(keyOf(next.key), 0, next.place);
        model = new Map(model).set(
          next.key,
          new Set([...(model.get(next.key) ?? []), JSON.stringify([position, row, tag])]),
        );
        break;
      }
      case 'ask': {
        const expected = modelled(model, next.key);
        assert.deepEqual(index.first(keyOf(next.key), 0), expected.at(0));
        assert.deepEqual(index.all(keyOf(next.key), 0), expected);
        break;
      }
      case 'seal':
        sealed = [...sealed, { manifest: throughJson(await index.checkpoint()), model }].slice(-2);
        break;
      case 'restart': {
        const back = sealed[Math.max(0, sealed.length - 1 - next.from)];
        await index.close();
        index = await harness.open(back.manifest);
        model = back.model;
        sealed = [back];
        break;
      }
    }
  }
  await index.close();
};
