import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import { addMicros, maxMicros, saturated } from '#kernel/money.js';

/** How many tasks are remembered; with more, a share of them stands for all. */
const capacity = 65_536;
const windowDays = 28;
const everyHash = 2 ** 32;

const bytes = z.instanceof(Uint8Array);
const savedTaskCosts = z.strictObject({
  below: z.number(),
  latestDay: z.int(),
  words: z.array(z.string()),
  hashes: bytes,
  days: bytes,
  skills: bytes,
  groups: bytes,
  micros: bytes,
  beyond: z.array(z.tuple([z.number(), z.string().transform(BigInt)])),
});

/** One record, as far as the cost of its task is concerned. */
export interface TaskShare {
  /** Of the task's id, 32 bits, evenly spread. */
  readonly hash: number;
  readonly occurredAtMs: number;
  /** Empty: none. */
  readonly skill: string;
  readonly groupId: string;
  /** May be negative, when a correction takes back. */
  readonly micros: number;
}

/**
 * Adaptive sampling: what tasks of the last 28 days cost, for estimates: all of them while they are few, later those
 * whose hash is below a bar that is halved when the room is full. A task is either taken with everything it costs or
 * not at all, so a share of the tasks has the percentiles of all.
 */
export class TaskCosts {
  /** Tasks with a hash below this are remembered. */
  below = everyHash;
  #latestDay = -1;
  #places = new Map<number, number>();
  #count = 0;
  readonly #words: string[] = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #hashes = new Uint32Array(capacity);
  readonly #days = new Int32Array(capacity);
  readonly #skills = new Uint32Array(capacity);
  readonly #groups = new Uint32Array(capacity);
  readonly #micros = new Float64Array(capacity);
  /** What tasks cost, by hash, where it passes 2^53 - 1. */
  readonly #beyond = new Map<number, bigint>();

  /** Adds to the cost of the record's task. The first record says on which day, in which group, with which skill. */
  add({ hash, occurredAtMs, skill, groupId, micros }: TaskShare): void {
    if (hash >= this.below) return;
    const day = Math.floor(occurredAtMs / millisecondsInDay);
    this.#latestDay = Math.max(this.#latestDay, day);
    let place = this.#places.get(hash);
    if (place === undefined) {
      if (micros <= 0 || day <= this.#latestDay - windowDays) return;
      if (this.#count === capacity) this.#makeRoom();
      if (hash >= this.below) return;
      place = this.#count++;
      this.#places.set(hash, place);
      this.#hashes[place] = hash;
      this.#days[place] = day;
      this.#skills[place] = this.#numberOf(skill);
      this.#groups[place] = this.#numberOf(groupId);
      this.#micros[place] = 0;
    }
    this.#addAt(place, micros);
  }

  /** A sum that is rounded once would never be right again, whatever is taken back. */
  #addAt(place: number, micros: number): void {
    const hash = this.#hashes[place];
    const before = this.#beyond.size === 0 ? undefined : this.#beyond.get(hash);
    const sum = addMicros(before ?? this.#micros[place], micros);
    if (typeof sum === 'bigint') this.#beyond.set(hash, sum);
    else if (before !== undefined) this.#beyond.delete(hash);
    this.#micros[place] = saturated(sum);
  }

  /**
   * The 90th percentile (nearest rank) of a skill's tasks, in micros; nothing if there were none in the 28 days before.
   *
   * @param mostMicros tasks that cost more are left out: a wrong record says nothing about other tasks
   */
  ofSkill(skill: string, nowMs: number, mostMicros = maxMicros): number | undefined {
    return this.#percentile(this.#skills, this.#numbers.get(skill), nowMs, mostMicros);
  }

  /** The same of a group's tasks. */
  ofGroup(groupId: string, nowMs: number, mostMicros = maxMicros): number | undefined {
    return this.#percentile(this.#groups, this.#numbers.get(groupId), nowMs, mostMicros);
  }

  save(): z.input<typeof savedTaskCosts> {
    const part = (column: Uint32Array | Int32Array | Float64Array) =>
      new Uint8Array(column.slice(0, this.#count).buffer);
    return {
      below: this.below,
      latestDay: this.#latestDay,
      words: [...this.#words],
      hashes: part(this.#hashes),
      days: part(this.#days),
      skills: part(this.#skills),
      groups: part(this.#groups),
      micros: part(this.#micros),
      beyond: Array.from(this.#beyond, ([hash, sum]): [number, string] => [hash, String(sum)]),
    };
  }

  /** Takes over what `save` gave; there must be nothing yet. Throws when it is something else. */
  load(saved: object): void {
    const { below, latestDay, words, beyond, ...columns } = savedTaskCosts.parse(saved);
    this.below = below;
    this.#latestDay = latestDay;
    for (const word of words) this.#numberOf(word);
    for (const [hash, sum] of beyond) this.#beyond.set(hash, sum);
    new Uint8Array(this.#hashes.buffer).set(columns.hashes);
    new Uint8Array(this.#days.buffer).set(columns.days);
    new Uint8Array(this.#skills.buffer).set(columns.skills);
    new Uint8Array(this.#groups.buffer).set(columns.groups);
    new Uint8Array(this.#micros.buffer).set(columns.micros);
    this.#count = columns.hashes.length / this.#hashes.BYTES_PER_ELEMENT;
    for (let place = 0; place < this.#count; place++) this.#places.set(this.#hashes[place], place);
  }

  #numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#numbers.set(word, this.#words.length);
    return this.#words.push(word) - 1;
  }

  #percentile(column: Uint32Array, wanted: number | undefined, nowMs: number, mostMicros: number): number | undefined {
    if (wanted === undefined || wanted === 0) return undefined;
    const after = Math.floor(nowMs / millisecondsInDay) - windowDays;
    const costs: number[] = [];
    for (let place = 0; place < this.#count; place++) {
      const micros = this.#micros[place];
      if (column[place] === wanted && this.#days[place] > after && micros > 0 && micros <= mostMicros) {
        costs.push(micros);
      }
    }
    if (costs.length === 0) return undefined;
    return Float64Array.from(costs).sort()[Math.ceil(costs.length * 0.9) - 1];
  }

  /** Forgets tasks that are too old; if that is not half of them, every other one. */
  #makeRoom(): void {
    this.#keep((place) => this.#days[place] > this.#latestDay - windowDays);
    if (this.#count <= capacity / 2) return;
    this.below /= 2;
    this.#keep((place) => this.#hashes[place] < this.below);
  }

  #keep(isKept: (place: number) => boolean): void {
    const count = this.#count;
    this.#count = 0;
    this.#places = new Map();
    for (let place = 0; place < count; place++) {
      if (!isKept(place)) {
        this.#beyond.delete(this.#hashes[place]);
        continue;
      }
      const to = this.#count++;
      this.#places.set(this.#hashes[place], to);
      for (const column of [this.#hashes, this.#days, this.#skills, this.#groups, this.#micros]) {
        column[to] = column[place];
      }
    }
  }
}
