import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import { RunFile } from './run-file.js';

/** Names are never used twice, so that a reader beside the service never takes one run for another. */
const runName = /^[0-9a-f-]{36}\.run$/;
const ours = /\.run(\.tmp)?$/;
const manifestSchema = z.strictObject({ runs: z.array(z.string().regex(runName)) });

/** The files that hold what the index held at one moment. */
export type RunManifest = z.infer<typeof manifestSchema>;

/** A manifest is saved by somebody else, later and perhaps never: the one before it may be all that a restart has. */
const manifestsKept = 2;

/** The files of the index: runs in use, and runs that are in use no more but are named by one of the last two manifests. */
export class RunStore {
  readonly #directory: string;
  readonly #report: (error: unknown) => void;
  #runs: readonly RunFile[] = [];
  #manifests: readonly RunManifest[] = [];
  readonly #removals = new Set<Promise<void>>();

  private constructor(directory: string, report: (error: unknown) => void) {
    this.#directory = directory;
    this.#report = report;
  }

  /** Opens the runs of a manifest; unless it is only to read, deletes all others. Throws `LocationIndexDamaged`. */
  static async open(
    directory: string,
    manifest: unknown,
    access: { readonly readOnly: boolean; readonly report: (error: unknown) => void },
  ): Promise<RunStore> {
    const parsed = manifestSchema.safeParse(manifest ?? { runs: [] });
    if (!parsed.success) {
      throw new LocationIndexDamaged('the manifest is not one of this index', { cause: parsed.error });
    }
    const store = new RunStore(directory, access.report);
    try {
      for (const name of parsed.data.runs) store.#include(new RunFile(join(directory, name)), []);
    } catch (error) {
      await store.close();
      throw error;
    }
    store.#manifests = [parsed.data];
    if (!access.readOnly) await store.#clean();
    return store;
  }

  /** Those that begin earliest in the log first. */
  get runs(): readonly RunFile[] {
    return this.#runs;
  }

  newPath(): string {
    return join(this.#directory, `${randomUUID()}.run`);
  }

  pathOf(run: RunFile): string {
    return join(this.#directory, run.name);
  }

  /** Takes a run that was written into use, in place of those it was made from. */
  take(path: string, trailer: Uint32Array, madeFrom: readonly RunFile[]): void {
    this.#include(new RunFile(path, trailer), madeFrom);
    for (const run of madeFrom) run.close();
    this.#discard(madeFrom.map(({ name }) => name));
  }

  /** What is in use now. It can be opened until two other manifests were made. */
  manifest(): RunManifest {
    const manifest = { runs: this.#runs.map(({ name }) => name) };
    const [last] = this.#manifests.slice(-1);
    if (last.runs.join() === manifest.runs.join()) return manifest;
    const dropped = this.#manifests.slice(0, 1 - manifestsKept);
    this.#manifests = [...this.#manifests, manifest].slice(-manifestsKept);
    this.#discard(dropped.flatMap(({ runs }) => runs));
    return manifest;
  }

  async close(): Promise<void> {
    for (const run of this.#runs) run.close();
    this.#runs = [];
    await Promise.all(this.#removals);
  }

  #include(run: RunFile, instead: readonly RunFile[]): void {
    this.#runs = [...this.#runs.filter((other) => !instead.includes(other)), run].sort(
      (a, b) => a.earliest - b.earliest,
    );
  }

  async #clean(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const files = await readdir(this.#directory);
    this.#discard(files.filter((name) => ours.test(name)));
    await Promise.all(this.#removals);
  }

  /** Deletes what no manifest names and nobody uses: not on this thread, because a large file takes its time. */
  #discard(names: readonly string[]): void {
    const needed = new Set([...this.#manifests.flatMap(({ runs }) => runs), ...this.#runs.map(({ name }) => name)]);
    for (const name of new Set(names)) {
      if (needed.has(name)) continue;
      const removal = rm(join(this.#directory, name), { force: true }).catch(this.#report);
      this.#removals.add(removal);
      void removal.finally(() => this.#removals.delete(removal));
    }
  }
}
