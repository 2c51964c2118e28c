import { z } from 'zod';
import { inLogOrder, placeAt } from '#adapters/embedded/place-index/entry.js';
import { YoungTable, youngEntryWords } from '#adapters/embedded/place-index/young-table.js';
import { PlaceIndex, type Place } from '#ports/place-index.js';

/** The entries themselves, so that a restart inside one process, as in a simulation, opens exactly what was sealed. */
const manifestSchema = z.strictObject({ words: z.base64() });
type MemoryManifest = z.infer<typeof manifestSchema>;

const initialPlaces = 1024;

/** The place index of tests and demonstrations: the disk adapter's young table, which here never leaves memory. */
export class MemoryPlaceIndex extends PlaceIndex {
  readonly #table = new YoungTable(initialPlaces);

  /** @param manifest what `seal` resolved to; none for an empty index */
  constructor(manifest?: unknown) {
    super();
    if (manifest === undefined) return;
    const bytes = Buffer.from(manifestSchema.parse(manifest).words, 'base64');
    const entries = new Uint32Array(new Uint8Array(bytes).buffer);
    for (let at = 0; at < entries.length; at += youngEntryWords) this.add(entries, at, placeAt(entries, at));
  }

  first(words: Uint32Array, at: number): Place | undefined {
    return this.#table.first(words, at);
  }

  all(words: Uint32Array, at: number): readonly Place[] {
    const places: Place[] = [];
    this.#table.collect(words, at, places);
    return inLogOrder(places);
  }

  add(words: Uint32Array, at: number, place: Place): void {
    this.#table.add(words, at, place);
  }

  async seal(): Promise<MemoryManifest> {
    const { entries, places } = this.#table;
    const sealed = entries.subarray(youngEntryWords, (1 + places) * youngEntryWords);
    return { words: Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).toString('base64') };
  }

  size(): { readonly places: number; readonly memoryBytes: number } {
    return { places: this.#table.places, memoryBytes: this.#table.memoryBytes };
  }

  async close(): Promise<void> {
    this.#table.clear();
  }
}
