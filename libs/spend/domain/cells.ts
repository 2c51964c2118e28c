import { type Micros, microsOf } from '#kernel/money.js';

/**
 * A hash table from a pair of numbers to money and a count, in typed arrays: 20 bytes a slot, open addressing with
 * linear probing. Sums are exact however large: what passes the range of a slot is carried to a table of the same
 * shape, which exists only if that has happened.
 */
export class Cells {
  /** Slots in use; a cell is never taken out, it may come back to 0. */
  used = 0;
  capacity = 0;
  /** Micros, exact integers within +-(2^53 - 1), less what was carried. */
  spent: Float64Array = none.spent;
  /** Two a slot: the first number plus 1 (0 marks a free slot), and the second number. */
  keys: Uint32Array = none.keys;
  /** Less what was carried. */
  records: Int32Array = none.records;
  /** Per pair, how many times 2^53 was carried from `spent` (as its spent) and 2^32 from `records` (as its records). */
  carries: Cells | undefined;

  /**
   * Where pairs have their homes. A table that is filled from another one, slot by slot, needs a salt of its own: the
   * homes would come in the same order, and crowd at its beginning until it has grown.
   */
  readonly salt: number;
  #slotsPerHash = 0;
  #fullAt = 0;

  constructor(salt = 0, capacity = smallestCapacity) {
    this.salt = salt;
    this.#allocate(capacity, maxLoad);
  }

  get bytes(): number {
    return this.capacity * bytesPerSlot + (this.carries?.bytes ?? 0);
  }

  /** Adds to the cell of a pair. Both amounts may be negative, to take back what was added before. */
  add(first: number, second: number, micros: number, records: number): void {
    const slot = this.#slotFor(first, second);
    const spent = this.spent[slot] + micros;
    const count = this.records[slot] + records;
    if (spent <= maxSpent && spent >= -maxSpent && count === (count | 0)) {
      this.spent[slot] = spent;
      this.records[slot] = count;
    } else {
      this.#addCarrying(slot, micros, records);
    }
  }

  /** The slot of a pair, -1 if it has none. */
  find(first: number, second: number): number {
    const { keys, capacity } = this;
    for (
      let slot = homeOf(first, second, this.salt, this.#slotsPerHash);
      ;
      slot = slot + 1 === capacity ? 0 : slot + 1
    ) {
      const key = keys[2 * slot];
      if (key === 0) return -1;
      if (key === first + 1 && keys[2 * slot + 1] === second) return slot;
    }
  }

  isTaken(slot: number): boolean {
    return this.keys[2 * slot] !== 0;
  }

  firstAt(slot: number): number {
    return this.keys[2 * slot] - 1;
  }

  secondAt(slot: number): number {
    return this.keys[2 * slot + 1];
  }

  spentAt(slot: number): Micros {
    return this.carries === undefined ? this.spent[slot] : microsOf(this.exactSpentAt(slot));
  }

  /** Exact below 2^53, and never an error. */
  roughlySpentAt(slot: number): number {
    return this.carries === undefined ? this.spent[slot] : Number(this.exactSpentAt(slot));
  }

  exactSpentAt(slot: number): bigint {
    if (this.carries === undefined) return BigInt(this.spent[slot]);
    return BigInt(this.spent[slot]) + BigInt(this.#carriedAt(slot)?.spent ?? 0) * BigInt(spentUnit);
  }

  recordsAt(slot: number): number {
    return this.records[slot] + (this.#carriedAt(slot)?.records ?? 0) * recordsUnit;
  }

  /** Whether everything that was added has been taken back: such a cell is as good as none. */
  isEmpty(slot: number): boolean {
    return (
      this.recordsAt(slot) === 0 &&
      (this.carries === undefined ? this.spent[slot] === 0 : this.exactSpentAt(slot) === 0n)
    );
  }

  /** The table that carries go to, made when it is asked for. */
  carried(): Cells {
    return (this.carries ??= new Cells(this.salt));
  }

  /** Whether a trimmed copy would be notably smaller. */
  isLoose(): boolean {
    return this.capacity > trimmedCapacity(this.used) * 1.1 + smallestCapacity;
  }

  /** An equal table: with as much room for more, or (trimmed) with next to none. */
  copy(trimmed: boolean): Cells {
    const copy = trimmed ? Cells.trimmed(this.used, this.salt) : new Cells(this.salt, this.capacity);
    if (trimmed) {
      copy.#insertAll(this);
    } else {
      copy.used = this.used;
      copy.spent.set(this.spent);
      copy.keys.set(this.keys);
      copy.records.set(this.records);
    }
    copy.carries = this.carries?.copy(trimmed);
    return copy;
  }

  /** An empty table that takes about so many pairs before it grows. */
  static withRoomFor(pairs: number): Cells {
    return new Cells(0, Math.max(smallestCapacity, Math.ceil(pairs / meanLoad)));
  }

  /**
   * An empty table for so many pairs and few more: slower to search, for pages that have grown up. Late records find a
   * free slot without making it grow at once.
   */
  static trimmed(pairs: number, salt = 0): Cells {
    const table = new Cells(salt);
    table.#allocate(trimmedCapacity(pairs), maxTrimmedLoad);
    return table;
  }

  /** A new cell, of a pair that is not there yet, where there is room for it. */
  insert(first: number, second: number, micros: number, records: number): void {
    const slot = this.#occupy(first, second);
    this.spent[slot] = micros;
    this.records[slot] = records;
  }

  #slotFor(first: number, second: number): number {
    const { keys, capacity } = this;
    const marked = first + 1;
    let slot = homeOf(first, second, this.salt, this.#slotsPerHash);
    for (;;) {
      const key = keys[2 * slot];
      if (key === marked && keys[2 * slot + 1] === second) return slot;
      if (key === 0) return this.#claim(first, second);
      if (++slot === capacity) slot = 0;
    }
  }

  #claim(first: number, second: number): number {
    if (this.used >= this.#fullAt) this.#grow();
    return this.#occupy(first, second);
  }

  #occupy(first: number, second: number): number {
    const { keys, capacity } = this;
    let slot = homeOf(first, second, this.salt, this.#slotsPerHash);
    while (keys[2 * slot] !== 0) if (++slot === capacity) slot = 0;
    keys[2 * slot] = first + 1;
    keys[2 * slot + 1] = second;
    this.used++;
    return slot;
  }

  #grow(): void {
    const { keys, spent, records, capacity } = this;
    this.#allocate(Math.ceil(capacity * growth), maxLoad);
    this.#insertAll({ keys, spent, records, capacity });
  }

  #insertAll(from: Pick<Cells, 'keys' | 'spent' | 'records' | 'capacity'>): void {
    for (let slot = 0; slot < from.capacity; slot++) {
      const marked = from.keys[2 * slot];
      if (marked !== 0) this.insert(marked - 1, from.keys[2 * slot + 1], from.spent[slot], from.records[slot]);
    }
  }

  #allocate(capacity: number, load: number): void {
    const buffer = new ArrayBuffer(capacity * bytesPerSlot);
    this.used = 0;
    this.capacity = capacity;
    this.#slotsPerHash = capacity / 2 ** 32;
    this.#fullAt = Math.floor(capacity * load);
    this.spent = new Float64Array(buffer, 0, capacity);
    this.keys = new Uint32Array(buffer, capacity * 8, capacity * 2);
    this.records = new Int32Array(buffer, capacity * 16, capacity);
  }

  #carriedAt(slot: number): { readonly spent: number; readonly records: number } | undefined {
    const { carries } = this;
    const place = carries?.find(this.firstAt(slot), this.secondAt(slot)) ?? -1;
    return carries === undefined || place < 0
      ? undefined
      : { spent: carries.spent[place], records: carries.records[place] };
  }

  #addCarrying(slot: number, micros: number, records: number): void {
    const spentCarry = carryOf(this.spent[slot] + micros, -maxSpent, maxSpent);
    const recordsCarry = carryOf(this.records[slot] + records, minCount, maxCount);
    // First what is taken away and what is added, which is exact; then the rest, which is now in range.
    this.spent[slot] += micros - spentCarry * spentUnit;
    this.records[slot] += records - recordsCarry * recordsUnit;
    this.carried().add(this.firstAt(slot), this.secondAt(slot), spentCarry, recordsCarry);
  }
}

export const bytesPerSlot = 20;
/** What one carry stands for. */
const spentUnit = 2 ** 53;
const recordsUnit = 2 ** 32;

const maxSpent = spentUnit - 1;
const maxCount = recordsUnit / 2 - 1;
const minCount = -recordsUnit / 2;
const smallestCapacity = 8;
const maxLoad = 0.8;
const meanLoad = 0.7;
const trimmedLoad = 0.93;
const maxTrimmedLoad = 0.98;
const growth = 1.5;
const none = { spent: new Float64Array(0), keys: new Uint32Array(0), records: new Int32Array(0) };

/** With at least one slot to spare, where a search for what is not there ends. */
const trimmedCapacity = (used: number): number => Math.ceil(used / trimmedLoad) + 1;

const carryOf = (sum: number, min: number, max: number): number => {
  if (sum > max) return 1;
  return sum < min ? -1 : 0;
};

/** The slot to look at first: both numbers mixed (two rounds of multiply and shift), scaled to the capacity. */
const homeOf = (first: number, second: number, salt: number, slotsPerHash: number): number => {
  let hash = (Math.imul(first, 0x9e3779b1) + second) ^ salt;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca77);
  return (((hash ^ (hash >>> 15)) >>> 0) * slotsPerHash) | 0;
};
