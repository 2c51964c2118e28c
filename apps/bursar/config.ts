import { z } from 'zod';

const text = z.string().min(1);

/** Every setting there is: environment variables that begin with BURSAR_. */
const settings = z.strictObject({
  BURSAR_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  BURSAR_HOST: text.default('127.0.0.1'),
  BURSAR_DATA_DIR: text.default('./data'),
  BURSAR_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** What one item of a fan-out is taken to cost when nobody knows better, in micros. */
  BURSAR_DEFAULT_ITEM_COST_MICROS: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(500_000),
  /** What is answered about fan-outs while a shared store cannot be reached: nothing, or a grant that it has not seen. */
  BURSAR_WHEN_UNAVAILABLE: z.enum(['deny', 'allow']).default('deny'),
});

export interface Config {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly dataDirectory: string;
  readonly logLevel: string;
  readonly defaultItemCostMicros: number;
  readonly whenUnavailable: 'deny' | 'allow';
}

/** Variables that belong to the commands that talk to a service, not to the service itself. */
const clientVariables = new Set(['BURSAR_URL', 'BURSAR_KEY', 'BURSAR_TEST_RUNS']);

/** A setting that is not known or not valid. The message names it. */
export class ConfigError extends Error {}

/**
 * Reads the settings from the environment.
 * @throws ConfigError that names every unknown or invalid variable
 */
export const readConfig = (environment: NodeJS.ProcessEnv): Config => {
  const given = Object.entries(environment).filter(
    ([name]) => name.startsWith('BURSAR_') && !clientVariables.has(name),
  );
  const parsed = settings.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(complaint).join('\n'));
  const chosen = parsed.data;
  return {
    port: chosen.BURSAR_PORT,
    host: chosen.BURSAR_HOST,
    dataDirectory: chosen.BURSAR_DATA_DIR,
    logLevel: chosen.BURSAR_LOG_LEVEL,
    defaultItemCostMicros: chosen.BURSAR_DEFAULT_ITEM_COST_MICROS,
    whenUnavailable: chosen.BURSAR_WHEN_UNAVAILABLE,
  };
};

const complaint = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? `${issue.keys.join(', ')}: no such setting; there are ${Object.keys(settings.shape).join(', ')}`
    : `${issue.path.join('.')}: ${issue.message}`;
