import { z } from 'zod';
import { fingerprintWords } from '#kernel/fingerprint.js';
import { LocationIndex, type LogLocation } from '#event-sourcing/ports/location-index.js';

/** Everything that was sealed, so that a restart inside one process, as in a simulation, opens exactly that. */
const manifestSchema = z.strictObject({
  keys: z.array(z.tuple([z.string(), z.array(z.strictObject({ position: z.int(), row: z.int(), tag: z.int() }))])),
});
type MemoryManifest = z.infer<typeof manifestSchema>;

/** A key in the map and a place, about: for metrics only. */
const bytesPerPlace = 120;

/** The place index of tests: a map from keys to their places, in log order. */
export class MemoryLocationIndex extends LocationIndex {
  readonly #places: Map<string, LogLocation[]>;

  /** @param manifest what `seal` resolved to; none for an empty index */
  constructor(manifest: unknown = { keys: [] }) {
    super();
    this.#places = new Map(manifestSchema.parse(manifest).keys);
  }

  first(words: Uint32Array, at: number): LogLocation | undefined {
    return this.#places.get(keyOf(words, at))?.at(0);
  }

  all(words: Uint32Array, at: number): readonly LogLocation[] {
    return this.#places.get(keyOf(words, at))?.slice() ?? [];
  }

  add(words: Uint32Array, at: number, { position, row, tag }: LogLocation): void {
    const key = keyOf(words, at);
    const places = this.#places.get(key) ?? [];
    insert(places, { position, row, tag });
    this.#places.set(key, places);
  }

  async drain(): Promise<void> {
    // All of it is memory.
  }

  async checkpoint(): Promise<MemoryManifest> {
    return { keys: [...this.#places].map(([key, places]) => [key, places.slice()]) };
  }

  size(): { readonly places: number; readonly memoryBytes: number } {
    let places = 0;
    for (const held of this.#places.values()) places += held.length;
    return { places, memoryBytes: places * bytesPerPlace };
  }

  async close(): Promise<void> {
    this.#places.clear();
  }
}

const keyOf = (words: Uint32Array, at: number): string => words.subarray(at, at + fingerprintWords).join(':');

const compare = (a: LogLocation, b: LogLocation): number => a.position - b.position || a.row - b.row || a.tag - b.tag;

/** Puts a place where it belongs among sorted ones, unless it is there. */
const insert = (places: LogLocation[], place: LogLocation): void => {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(places[middle], place) < 0) low = middle + 1;
    else high = middle;
  }
  if (low === places.length || compare(places[low], place) !== 0) places.splice(low, 0, place);
};
