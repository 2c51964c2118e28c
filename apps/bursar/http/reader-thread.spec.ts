import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readMetering } from './metering-body.js';
import type { MeteringForm } from './metering-body.js';
import { Problem } from './problem.js';
import { ReaderThread } from './reader-thread.js';

const plain: MeteringForm = { mediaType: 'application/json', isGzipped: false, envelope: undefined, source: '' };

const record = (id: number) => ({
  source: 's',
  id: `r-${String(id)}`,
  taskId: `t-${String(id % 7)}`,
  userId: 'ana',
  occurredAt: '2026-11-20T10:00:00Z',
  costMicros: id,
});
const request = [...Array.from({ length: 300 }, (_, id) => record(id)), { id: 'none' }, 'nothing', record(300)];
const bytes = Buffer.from(JSON.stringify(request));

/** Takes a body of one byte as the sign to die, and refuses all others. */
const dying = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, body }) => {
    if (body.length === 1) process.exit(1);
    parentPort.postMessage({ id, problem: { status: 400, code: 'alive', detail: '' } });
  });`;

describe('a thread that reads bodies of metering', () => {
  let thread: ReaderThread;
  beforeEach(() => {
    thread = new ReaderThread();
  });
  afterEach(() => thread.stop());

  it('reads as this thread does, also many bodies at once, and leaves what it was given', async () => {
    const forms: readonly [Buffer, MeteringForm][] = [
      [bytes, plain],
      [gzipSync(bytes), { ...plain, isGzipped: true }],
      [bytes.subarray(1, -1).subarray(0, bytes.indexOf(125)), plain],
      [
        Buffer.from(JSON.stringify([{ type: 'another' }])),
        { ...plain, mediaType: 'application/cloudevents-batch+json' },
      ],
    ];
    const answers = await Promise.all([...forms, ...forms].map(([body, form]) => thread.read(body, form)));
    const expected = forms.map(([body, form]) => readMetering(body, form));
    assert.deepEqual(answers, [...expected, ...expected]);
    assert.equal(answers[0].count, 301);
    assert.equal(thread.waiting, 0);
  });

  it('refuses what this thread refuses, with the same problem', async () => {
    const bodies: readonly [Buffer, MeteringForm, string][] = [
      [Buffer.from('[{]'), plain, 'bodyNotJson'],
      [Buffer.alloc(0), plain, 'bodyNotJson'],
      [Buffer.from([0xff]), plain, 'bodyNotUtf8'],
      [bytes, { ...plain, isGzipped: true }, 'bodyNotGzip'],
      [Buffer.from('{}'), { ...plain, mediaType: 'application/cloudevents-batch+json' }, 'batchNotArray'],
    ];
    for (const [body, form, code] of bodies) {
      const refused = (error: unknown): boolean => error instanceof Problem && error.code === code;
      await assert.rejects(thread.read(body, form), refused);
      assert.throws(() => readMetering(body, form), refused);
    }
  });

  it('tells whoever waits that it has died, and begins again with the next body', async () => {
    const dies = new ReaderThread(new URL(`data:text/javascript,${encodeURIComponent(dying)}`));
    const [first, second] = [dies.read(Buffer.alloc(1), plain), dies.read(bytes, plain)];
    await assert.rejects(first, /has ended/);
    await assert.rejects(second, /has ended/);
    await assert.rejects(dies.read(bytes, plain), { code: 'alive' });
    await dies.stop();
  });

  it('reads nothing more once it was stopped', async () => {
    const last = thread.read(bytes, plain);
    await Promise.all([assert.rejects(last, /were stopped/), thread.stop()]);
    await assert.rejects(thread.read(bytes, plain), /were stopped/);
  });
});
