import { Worker } from 'node:worker_threads';
import { LocationIndexDamaged } from '#event-sourcing/ports/location-index.js';
import type { MergeJob, RunAnswer, RunJob, WriteJob } from './run-job.js';

interface Waiting {
  readonly job: RunJob;
  readonly resolve: (trailer: Uint32Array<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gives jobs to the thread that writes runs. The thread starts with the first job, and again after it has died; it
 * keeps the process alive only while something is being written, not for a merge.
 */
export class RunWriter {
  #worker: Worker | undefined;
  #lastId = 0;
  #isStopped = false;
  readonly #waiting = new Map<number, Waiting>();

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves to the trailer of the run when it is on disk under its name. */
  write(job: Omit<WriteJob, 'id' | 'kind'>): Promise<Uint32Array<ArrayBuffer>> {
    return this.#run({ ...job, kind: 'write', id: ++this.#lastId });
  }

  merge(job: Omit<MergeJob, 'id' | 'kind'>): Promise<Uint32Array<ArrayBuffer>> {
    return this.#run({ ...job, kind: 'merge', id: ++this.#lastId });
  }

  /** Ends the thread for good; jobs that are not done reject. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const worker = this.#worker;
    this.#forget(new Error('the writer of runs was stopped'));
    await worker?.terminate();
  }

  async #run(job: RunJob): Promise<Uint32Array<ArrayBuffer>> {
    if (this.#isStopped) throw new Error('the writer of runs was stopped');
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#start();
      this.#waiting.set(job.id, { job, resolve, reject });
      this.#worker.postMessage(job);
      this.#holdProcess();
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./run-writer.worker.js', import.meta.url));
    worker.on('message', (answer: RunAnswer) => this.#settle(answer));
    worker.on('error', (error: Error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('the writer of runs has ended')));
    return worker;
  }

  #settle(answer: RunAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    this.#holdProcess();
    if ('trailer' in answer) waiting?.resolve(answer.trailer);
    else waiting?.reject(answer.isDamage ? new LocationIndexDamaged(answer.failure) : new Error(answer.failure));
  }

  #lose(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#forget(error);
  }

  #forget(error: Error): void {
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  #holdProcess(): void {
    const isWriting = [...this.#waiting.values()].some(({ job }) => job.kind === 'write');
    if (isWriting) this.#worker?.ref();
    else this.#worker?.unref();
  }
}
