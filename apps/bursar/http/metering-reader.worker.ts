import { parentPort } from 'node:worker_threads';
import type { ReadRecords } from '#domain/metering/read-records.js';
import { readMetering } from './metering-body.js';
import type { MeteringForm } from './metering-body.js';
import { Problem } from './problem.js';

/** A body to read. `id` comes back with the answer. */
export interface ReadJob {
  readonly id: number;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly form: MeteringForm;
}

export type ReadAnswer = { readonly id: number } & (
  { readonly read: ReadRecords } | { readonly problem: Pick<Problem, 'status' | 'code' | 'detail'> }
);

const port = parentPort;
if (port === null) throw new Error('metering-reader.worker.js is started as a worker thread, not by itself');

port.on('message', ({ id, body, form }: ReadJob) => {
  const answer = answerTo(id, Buffer.from(body.buffer), form);
  port.postMessage(answer, 'read' in answer ? [answer.read.places.buffer] : []);
});

// What is no Problem is a bug: it ends this thread, and whoever waits for it is told.
const answerTo = (id: number, body: Buffer, form: MeteringForm): ReadAnswer => {
  try {
    return { id, read: readMetering(body, form) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status, code, detail } = error;
    return { id, problem: { status, code, detail } };
  }
};
