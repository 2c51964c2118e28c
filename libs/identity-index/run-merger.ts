import { chooseMerge } from './choose-merge.js';
import type { RunStore } from './run-store.js';
import type { RunWriter } from './run-writer.js';

/** Compaction: keeps the runs few, one merge at a time. A merge that fails leaves its runs as they were. */
export class RunMerger {
  readonly #store: RunStore;
  readonly #writer: RunWriter;
  readonly #report: (error: unknown) => void;
  #isMerging = false;

  constructor(store: RunStore, writer: RunWriter, report: (error: unknown) => void) {
    this.#store = store;
    this.#writer = writer;
    this.#report = report;
  }

  /** To be called when there is a new run. */
  wake(): void {
    if (!this.#isMerging) void this.#merge();
  }

  async #merge(): Promise<void> {
    this.#isMerging = true;
    try {
      for (let runs = chooseMerge(this.#store.runs); runs.length > 0; runs = chooseMerge(this.#store.runs)) {
        const path = this.#store.newPath();
        const inputs = runs.map((run) => this.#store.pathOf(run));
        const places = runs.reduce((total, run) => total + run.places, 0);
        const keys = runs.reduce((total, run) => total + run.keys, 0);
        this.#store.take(path, await this.#writer.merge({ path, inputs, places, keys }), runs);
      }
    } catch (error) {
      if (!this.#writer.isStopped) this.#report(error);
    } finally {
      this.#isMerging = false;
    }
  }
}
