import { z } from 'zod';

const text = z.string().min(1);
/** What becomes part of the names of streams. */
export const streamPart = /^[a-z0-9][a-z0-9-]{0,62}$/;
const partOfStreams = z.string().regex(streamPart, 'takes 1 to 63 lower-case letters, digits and hyphens');

/** Digits alone: an empty text would be 0, and 1e3 another number than it looks. */
const wholeNumber = z
  .string()
  .regex(/^\d{1,16}$/, 'takes a whole number')
  .transform(Number);

/** Every setting there is: environment variables that begin with BURSAR_. */
const settings = z.strictObject({
  BURSAR_PORT: wholeNumber.pipe(z.int().max(65_535)).default(8080),
  BURSAR_HOST: text.default('127.0.0.1'),
  BURSAR_DATA_DIR: text.default('./data'),
  BURSAR_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** What one item of a fan-out is taken to cost when nobody knows better, in micros. */
  BURSAR_DEFAULT_ITEM_COST_MICROS: wholeNumber.pipe(z.int().min(1)).default(500_000),
  /** The event store that several processes share; without it the log is in the data directory. */
  BURSAR_EVENT_STORE: text.optional(),
  BURSAR_EVENT_STORE_NAMESPACE: partOfStreams.optional(),
  BURSAR_PROCESS: partOfStreams.optional(),
  /** What is answered about fan-outs while a shared store cannot be reached: nothing, or a grant that it has not seen. */
  BURSAR_WHEN_UNAVAILABLE: z.enum(['deny', 'allow']).default('deny'),
});

/** An event store elsewhere that holds the log. */
export interface EventStoreConfig {
  /** May hold a password: not to be shown. */
  readonly connectionString: string;
  /** Keeps several Bursars apart in one event store. */
  readonly namespace: string;
  /** What this process is called among those that share the log; undefined: what the data directory says. */
  readonly process: string | undefined;
}

export interface Config {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly dataDirectory: string;
  readonly logLevel: string;
  readonly defaultItemCostMicros: number;
  /** Null: the log is in the data directory. */
  readonly eventStore: EventStoreConfig | null;
  readonly whenUnavailable: 'deny' | 'allow';
}

/** Variables of the commands that talk to a service, and of the tests, not of the service itself. */
const isOfOthers = (name: string): boolean =>
  name === 'BURSAR_URL' || name === 'BURSAR_KEY' || name.startsWith('BURSAR_TEST_');

/** A setting that is not known or not valid. The message names it. */
export class ConfigError extends Error {}

/**
 * Reads the settings from the environment.
 * @throws ConfigError that names every unknown or invalid variable
 */
export const readConfig = (environment: NodeJS.ProcessEnv): Config => {
  const given = Object.entries(environment).filter(([name]) => name.startsWith('BURSAR_') && !isOfOthers(name));
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(complaint).join('\n'));
  const chosen = parsed.data;
  return {
    port: chosen.BURSAR_PORT,
    host: chosen.BURSAR_HOST,
    dataDirectory: chosen.BURSAR_DATA_DIR,
    logLevel: chosen.BURSAR_LOG_LEVEL,
    defaultItemCostMicros: chosen.BURSAR_DEFAULT_ITEM_COST_MICROS,
    eventStore: eventStoreIn(chosen),
    whenUnavailable: chosen.BURSAR_WHEN_UNAVAILABLE,
  };
};

const eventStoreIn = (chosen: z.infer<typeof settings>): EventStoreConfig | null => {
  const { BURSAR_EVENT_STORE: connectionString, BURSAR_EVENT_STORE_NAMESPACE: namespace, BURSAR_PROCESS } = chosen;
  if (connectionString !== undefined) {
    return { connectionString, namespace: namespace ?? 'bursar', process: BURSAR_PROCESS };
  }
  if (namespace === undefined && BURSAR_PROCESS === undefined) return null;
  throw new ConfigError(
    'BURSAR_EVENT_STORE_NAMESPACE and BURSAR_PROCESS are about a shared event store: set BURSAR_EVENT_STORE, too, or leave them out.',
  );
};

/** The settings as they may be shown to anybody: credentials are left out. */
export const withoutSecrets = (config: Config): object => {
  const { eventStore } = config;
  if (eventStore === null) return config;
  const connectionString = eventStore.connectionString.replace(/\/\/.*@/, '//***@');
  return { ...config, eventStore: { ...eventStore, connectionString } };
};

const complaint = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? `${issue.keys.join(', ')}: no such setting; there are ${Object.keys(settings.shape).join(', ')}`
    : `${issue.path.join('.')}: ${issue.message}`;
