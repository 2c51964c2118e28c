import { setImmediate } from 'node:timers/promises';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';

/** Snapshots for tests: copies in memory, replaced as a whole in a later turn. */
export class MemorySnapshots extends Snapshots {
  private at: number | undefined;
  private parts = new Map<string, Uint8Array>();

  position(): number | undefined {
    return this.at;
  }

  get(key: string): Uint8Array | undefined {
    return this.parts.get(key)?.slice();
  }

  keys(prefix: string): readonly string[] {
    return [...this.parts.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async save(position: number, parts: Iterable<readonly [key: string, bytes: Uint8Array | undefined]>): Promise<void> {
    const given = [...parts].map(([key, bytes]) => [key, bytes?.slice()] as const);
    const { parts: stored } = this;
    await setImmediate();
    if (this.parts !== stored) throw new Error('The snapshots were cleared while a new one was made.');
    for (const [key, bytes] of given) {
      if (bytes === undefined) this.parts.delete(key);
      else this.parts.set(key, bytes);
    }
    this.at = position;
  }

  async clear(): Promise<void> {
    this.at = undefined;
    this.parts = new Map();
    this.cleared();
  }

  async close(): Promise<void> {
    // What is in memory goes with the process.
  }
}
