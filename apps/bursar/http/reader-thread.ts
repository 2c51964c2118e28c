import { Worker } from 'node:worker_threads';
import type { ReadRecords } from '#domain/metering/read-records.js';
import type { MeteringForm } from './metering-body.js';
import type { ReadAnswer, ReadJob } from './metering-reader.worker.js';
import { Problem } from './problem.js';

interface Waiting {
  readonly resolve: (read: ReadRecords) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that reads bodies. It starts with the first one, and again after it has died; it keeps the process
 * alive only while it reads.
 */
export class ReaderThread {
  #worker: Worker | undefined;
  #lastId = 0;
  #isStopped = false;
  readonly #waiting = new Map<number, Waiting>();
  readonly #script: URL;

  /** @param script what the thread runs */
  constructor(script = new URL('./metering-reader.worker.js', import.meta.url)) {
    this.#script = script;
  }

  /** How many bodies it has not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws Problem when the body cannot be taken */
  read(body: Buffer, form: MeteringForm): Promise<ReadRecords> {
    if (this.#isStopped) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#start();
      // A copy: what came shares its memory with what came before and after it.
      const job: ReadJob = { id: ++this.#lastId, body: new Uint8Array(body), form };
      this.#waiting.set(job.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(job, [job.body.buffer]);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const worker = this.#worker;
    this.#forget(stopped());
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#script);
    worker.on('message', (answer: ReadAnswer) => this.#settle(answer));
    worker.on('error', (error: Error) => this.#lose(worker, error));
    worker.on('exit', () => this.#lose(worker, new Error('the reader of metering has ended')));
    return worker;
  }

  #settle(answer: ReadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('read' in answer) waiting?.resolve(answer.read);
    else waiting?.reject(new Problem(answer.problem.status, answer.problem.code, answer.problem.detail));
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
}

const stopped = (): Error => new Error('the readers of metering were stopped');
