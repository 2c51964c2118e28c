import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { proposed } from '#test/contracts/event-log.support.js';

const writer = fileURLToPath(new URL('./log-writer.js', import.meta.url));

/** An append that a writing process said was stored. */
export interface Acknowledged {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}

/** A process that writes to a log, see log-writer.ts. */
export interface WritingProcess {
  readonly process: ChildProcess;
  readonly acknowledged: readonly Acknowledged[];
  /** `<code> <detail>` of the failure that ended it. */
  readonly failure: () => string | undefined;
  /** Resolves when so many appends are acknowledged, or the process has ended. */
  readonly reached: (appends: number) => Promise<void>;
  /** Exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface WriterOptions {
  readonly run?: string;
  readonly eventsPerAppend?: number;
  readonly textCharacters?: number;
  /** A shell command in front of the process, ending in `exec`, such as `ulimit -f 100; exec`. */
  readonly shell?: string;
}

const started = new Set<ChildProcess>();

export const startWriter = (directory: string, options: WriterOptions = {}): WritingProcess => {
  const { run = 'run', eventsPerAppend = 3, textCharacters = 100, shell = 'exec' } = options;
  const words = [process.execPath, writer, directory, run, String(eventsPerAppend), String(textCharacters)];
  const child = spawn('sh', ['-c', `${shell} "$@"`, 'sh', ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.add(child);
  const lines = createInterface({ input: child.stdout });
  const acknowledged: Acknowledged[] = [];
  let failure: string | undefined;
  lines.on('line', (line) => {
    const [what, stream, revision, position] = line.split(' ');
    if (what === 'stored' && position !== '') {
      acknowledged.push({ stream, revision: Number(revision), position: Number(position) });
    }
    if (what === 'failed') failure = line.slice('failed '.length);
  });
  // The lines end only when the last of them has been read, also after SIGKILL.
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code]]) => code as number | null);
  const reached = async (appends: number): Promise<void> => {
    while (acknowledged.length < appends) {
      const line = once(lines, 'line').then(() => true);
      if (!(await Promise.race([line, ended.then(() => false)]))) return;
    }
  };
  return { process: child, acknowledged, failure: () => failure, reached, ended };
};

/** Opens the log as the next process would, and checks that it holds what was acknowledged, whole, and no half append. */
export const assertHolds = async (
  directory: string,
  acknowledged: readonly Acknowledged[],
  { eventsPerAppend = 3, textCharacters = 100 }: WriterOptions = {},
): Promise<void> => {
  const log = await EmbeddedEventLog.open({ directory, clock: new SystemClock() });
  try {
    const events = await log.readAll(0, Number.MAX_SAFE_INTEGER);
    const text = 'x'.repeat(textCharacters);
    const lengths = new Map<string, number>();
    for (const [index, event] of events.entries()) {
      assert.equal(event.position, index + 1);
      assert.equal(event.revision, lengths.get(event.stream) ?? 0);
      assert.equal(event.id, proposed(event.stream, event.revision, text).id);
      lengths.set(event.stream, event.revision + 1);
    }
    for (const { stream, revision, position } of acknowledged) {
      assert.equal(events[position - 1].stream, stream);
      assert.equal(events[position - 1].revision, revision);
    }
    for (const [stream, length] of lengths) assert.equal(length % eventsPerAppend, 0, `${stream} holds half an append`);
  } finally {
    await log.close();
  }
};

/** Runs a test with a directory of its own, and leaves neither the directory nor a process behind. */
export const inDirectory = async (test: (directory: string) => Promise<void>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-fault-'));
  try {
    await test(directory);
  } finally {
    for (const child of started) child.kill('SIGKILL');
    started.clear();
    rmSync(directory, { recursive: true, force: true });
  }
};
