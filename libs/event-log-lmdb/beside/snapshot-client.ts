import { Snapshots } from '#event-sourcing/ports/snapshots.js';
import type { LockHolder } from '../owner/owner.js';
import { checkedPart, positionKey } from '../snapshot-part.js';
import { ask } from './ask.js';
import { framesIn } from './frames.js';

/** The snapshot of a directory that another process has open, as it stood when it was asked for. For reading only. */
export class SnapshotClient extends Snapshots {
  private constructor(private readonly values: ReadonlyMap<string, Buffer>) {
    super();
  }

  static async read(directory: string, owner: LockHolder): Promise<SnapshotClient> {
    const frames = [...framesIn(await ask(directory, owner, '/snapshot'))];
    const values = new Map<string, Buffer>();
    for (let at = 0; at < frames.length; at += 2) values.set(String(frames[at]), frames[at + 1]);
    return new SnapshotClient(values);
  }

  position(): number | undefined {
    return this.get(positionKey)?.readDoubleLE(0);
  }

  get(key: string): Buffer | undefined {
    const value = this.values.get(key);
    return value && checkedPart(key, value);
  }

  keys(prefix: string): readonly string[] {
    return [...this.values.keys()].filter((key) => key !== positionKey && key.startsWith(prefix)).sort();
  }

  async save(): Promise<void> {
    throw new Error('a snapshot that is read beside its owner cannot be saved');
  }

  async clear(): Promise<void> {
    throw new Error('a snapshot that is read beside its owner cannot be cleared');
  }

  async close(): Promise<void> {
    // It is a copy in memory.
  }
}
