import { writeSync } from 'node:fs';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { LogFailure, noStream } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';

/**
 * A process that appends to a log as fast as it can, in several streams at once, and says what was acknowledged:
 * `open`, then `stored <stream> <revision> <position>` for each append, or `failed <code> <detail>` and exit code 1.
 *
 * Usage: node log-writer.js DIRECTORY RUN [EVENTS_PER_APPEND] [TEXT_CHARACTERS]
 */
const [directory, run, eventsPerAppend = '3', textCharacters = '100'] = process.argv.slice(2);
const count = Number(eventsPerAppend);
const text = 'x'.repeat(Number(textCharacters));

const say = (...words: readonly (string | number)[]): void => {
  writeSync(1, `${words.join(' ')}\n`);
};

const giveUp = (failure: unknown): never => {
  if (failure instanceof LogFailure) say('failed', failure.code, failure.detail);
  else say('failed', 'unknown', String(failure));
  process.exit(1);
};

const writeStream = async (log: EmbeddedEventLog, stream: string): Promise<void> => {
  for (let expectedRevision = noStream; ; expectedRevision += count) {
    const outcome = await log.append(appendOf(stream, expectedRevision, count, stream, text));
    if (outcome.code !== 'stored') throw new Error(`${stream} had another writer`);
    say('stored', stream, outcome.revision, outcome.position);
  }
};

try {
  const log = await EmbeddedEventLog.open({ directory, clock: new SystemClock() });
  void log.failed.then(giveUp);
  say('open');
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => writeStream(log, `${name}-${run}`)));
} catch (error) {
  giveUp(error);
}
