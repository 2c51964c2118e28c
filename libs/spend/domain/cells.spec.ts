import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeCells, encodeCells } from './cells.codec.js';
import { Cells } from './cells.js';

const maxMicros = Number.MAX_SAFE_INTEGER;

interface Addition {
  readonly first: number;
  readonly second: number;
  readonly micros: number;
  readonly records: number;
}

const additions = (numbers: number): fc.Arbitrary<Addition[]> =>
  fc.array(
    fc.record({
      first: fc.nat({ max: numbers }),
      second: fc.oneof(fc.nat({ max: numbers }), fc.constant(0xffffffff)),
      micros: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(maxMicros, -maxMicros)),
      records: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31))),
    }),
    { maxLength: 300, size: 'max' },
  );

const tableOf = (list: readonly Addition[]): Cells => {
  const cells = new Cells();
  for (const { first, second, micros, records } of list) cells.add(first, second, micros, records);
  return cells;
};

const contentOf = (cells: Cells): string[] => {
  const content: string[] = [];
  for (let slot = 0; slot < cells.capacity; slot++) {
    if (!cells.isTaken(slot)) continue;
    const pair = `${String(cells.firstAt(slot))} ${String(cells.secondAt(slot))}`;
    content.push(`${pair}: ${String(cells.exactSpentAt(slot))} ${String(cells.recordsAt(slot))}`);
  }
  return content.sort();
};

/** The same, by a plain map of exact integers. */
const expectedOf = (list: readonly Addition[]): string[] => {
  const sums = new Map<string, { spent: bigint; records: number }>();
  for (const { first, second, micros, records } of list) {
    const pair = `${String(first)} ${String(second)}`;
    const { spent, records: count } = sums.get(pair) ?? { spent: 0n, records: 0 };
    sums.set(pair, { spent: spent + BigInt(micros), records: count + records });
  }
  return [...sums].map(([pair, { spent, records }]) => `${pair}: ${String(spent)} ${String(records)}`).sort();
};

describe('a table of cells', () => {
  it('keeps exact sums of any size, in any order', () => {
    fc.assert(
      fc.property(additions(12), (list) => {
        assert.deepEqual(contentOf(tableOf(list)), expectedOf(list));
        assert.deepEqual(contentOf(tableOf([...list].reverse())), expectedOf(list));
      }),
    );
  });

  it('finds every pair among many, and no other', () => {
    const cells = new Cells();
    for (let pair = 0; pair < 10_000; pair++) cells.add(pair % 100, Math.floor(pair / 100), 1, 1);
    assert.equal(cells.used, 10_000);
    assert.ok(cells.find(99, 99) >= 0);
    assert.equal(cells.find(100, 0), -1);
    assert.equal(new Cells().find(0, 0), -1);
  });

  it('is equal after a copy, trimmed or not, and apart from it', () => {
    fc.assert(
      fc.property(additions(40), fc.boolean(), (list, trimmed) => {
        const original = tableOf(list);
        const copy = original.copy(trimmed);
        assert.deepEqual(contentOf(copy), contentOf(original));
        for (const { first, second, micros, records } of list) copy.add(first, second, micros, records);
        assert.deepEqual(contentOf(copy), expectedOf([...list, ...list]));
        assert.deepEqual(contentOf(original), expectedOf(list));
      }),
    );
  });

  it('is equal after a way through bytes that are not aligned', () => {
    fc.assert(
      fc.property(additions(40), additions(2), (list, others) => {
        const [one, other] = [tableOf(list), tableOf(others)];
        const encoded = encodeCells([one, one.carries, undefined, other, other.carries]);
        const shifted = new Uint8Array(encoded.length + 3).subarray(3);
        shifted.set(encoded);
        const [back = new Cells(), carries, none, otherBack = new Cells(), otherCarries] = decodeCells(shifted);
        back.carries = carries;
        otherBack.carries = otherCarries;
        assert.deepEqual(contentOf(back), expectedOf(list));
        assert.equal(none, undefined);
        assert.deepEqual(contentOf(otherBack), expectedOf(others));
      }),
    );
  });

  it('refuses bytes that are cut short, of another version or of nothing', () => {
    const encoded = encodeCells([tableOf([{ first: 1, second: 2, micros: 3, records: 4 }])]);
    const otherVersion = encoded.slice();
    otherVersion[0] = 99;
    for (const bytes of [encoded.subarray(0, 16), encoded.subarray(0, 11), new Uint8Array(0), otherVersion]) {
      assert.throws(() => decodeCells(bytes), /damaged/);
    }
  });

  it('is exact where a sum is beyond 2^53 - 1, and a number again when it comes back', () => {
    const cells = new Cells();
    cells.add(1, 1, maxMicros, 1);
    cells.add(1, 1, 1, 1);
    assert.equal(cells.spentAt(cells.find(1, 1)), 2n ** 53n);
    cells.add(1, 1, -1, -1);
    assert.equal(cells.spentAt(cells.find(1, 1)), maxMicros);
    cells.add(1, 1, -maxMicros, -1);
    assert.ok(cells.isEmpty(cells.find(1, 1)));
  });

  it('takes 20 bytes a slot, and when trimmed at most 23 a cell', () => {
    const cells = new Cells();
    for (let pair = 0; pair < 1_000; pair++) cells.add(pair % 97, pair, 1, 1);
    assert.equal(cells.bytes, 20 * cells.capacity);
    assert.ok(cells.copy(true).bytes <= 23 * 1_000);
  });
});
