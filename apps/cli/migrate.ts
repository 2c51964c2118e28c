import { parseArgs } from 'node:util';
import { patient, type RetryPolicy } from '#event-log-eventstore/settings.js';
import { SystemClock } from '#system-clock/clock.js';
import { ConfigError } from '#apps/bursar/config.js';
import { type Migration, migrateLog } from './migrate/migrate-log.js';
import { logFolder, requireLog } from '#apps/bursar/data-directory.js';
import { progressOn } from './verify/progress.js';

const usage = `Usage: bursar migrate --to CONNECTION [--namespace NAME] [--data DIR]

Copies the log of a data directory into an event store: the same events in the same order, with their ids, revisions and
times. In the end everything is read back and compared. Run again after it was stopped, it goes on where it was.
No service may have the directory open, and none may use the namespace before the copy is complete.

  --to CONNECTION   esdb://user:password@host:2113?tls=true, or esdb+discover:// (default BURSAR_EVENT_STORE)
  --namespace NAME  keeps several Bursars apart (default BURSAR_EVENT_STORE_NAMESPACE, else bursar)
  --data DIR        the data directory (default BURSAR_DATA_DIR, else ./data)

Exit code: 0 everything is there, 1 failed, 2 wrong use.
`;

/** Nobody waits for an answer here: an event store that restarts is waited for. */
const veryPatient: RetryPolicy = { ...patient, giveUpMs: 60_000, startMs: 60_000 };

/**
 * `bursar migrate`.
 *
 * @throws ConfigError for wrong use, and LogFailure for what stands in the way
 */
export const migrateCommand = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: { write(text: string): unknown } = process.stdout,
  patience: RetryPolicy = veryPatient,
): Promise<number> => {
  const options = optionsIn(args);
  if (options.help) {
    output.write(usage);
    return 0;
  }
  const connectionString = options.to ?? environment.BURSAR_EVENT_STORE;
  if (connectionString === undefined) {
    throw new ConfigError('Name the event store with --to esdb://... or BURSAR_EVENT_STORE.');
  }
  const namespace = options.namespace ?? environment.BURSAR_EVENT_STORE_NAMESPACE ?? 'bursar';
  const directory = options.data ?? environment.BURSAR_DATA_DIR ?? './data';
  requireLog(directory);
  logFolder(directory, false);
  const clock = new SystemClock();
  const startedMs = clock.now();
  const { progress, end } = progressOn(process.stderr, 'migrate');
  const migration = await migrateLog(directory, { connectionString, namespace, patience }, progress)
    .catch(wrongUse)
    .finally(end);
  output.write(textOf(directory, namespace, migration, (clock.now() - startedMs) / 1_000));
  return 0;
};

/** A connection string or a namespace that cannot be used. */
const wrongUse = (error: unknown): never => {
  throw error instanceof RangeError ? new ConfigError(error.message) : error;
};

const textOf = (directory: string, namespace: string, { events, found, more, hash }: Migration, seconds: number) =>
  [
    `${directory} is in the event store, in namespace "${namespace}"`,
    `  events  ${grouped(events)}: ${grouped(events - found)} copied, ${grouped(found)} were there`,
    `  hash    ${hash} (read back, the same)`,
    ...(more === 0 ? [] : [`  behind  ${grouped(more)} of whoever uses it by now`]),
    '',
    `${found === events ? 'Nothing was left to copy.' : 'Nothing differs.'} ${seconds.toFixed(1)} s`,
    '',
  ].join('\n');

const grouped = (value: number): string => value.toLocaleString('en-US');

const optionsIn = (args: readonly string[]) => {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({ args: [...args], options: { to: text, namespace: text, data: text, help: flag } }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
};
