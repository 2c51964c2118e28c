import { parseArgs } from 'node:util';
import { SystemClock } from '#system-clock/clock.js';
import { ConfigError } from '#apps/bursar/config.js';
import { progressOn } from './verify/progress.js';
import { reportOf, textOf } from './verify/report.js';
import { verifyDirectory } from './verify/verify-directory.js';

const usage = `Usage: bursar verify [--data DIR] [--json] [--url URL --key KEY]

Works out spend once more from the log, in another and plainer way, and compares it with the views.
Only reads: beside a running service, or on a stopped one.

  --data DIR   the data directory (default BURSAR_DATA_DIR, else ./data)
  --json       the report as JSON
  --url URL    also ask the service there what it serves
  --key KEY    an API key that may read all spend (default BURSAR_KEY)

Exit code: 0 nothing differs, 1 something does or is damaged, 2 wrong use.
`;

/**
 * `bursar verify`.
 *
 * @returns 0 if nothing differs, 1 if something does
 * @throws ConfigError for wrong use, and LogFailure for a log that cannot be opened
 */
export const verifyCommand = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: { write(text: string): unknown } = process.stdout,
): Promise<number> => {
  const options = optionsIn(args);
  if (options.help) {
    output.write(usage);
    return 0;
  }
  const clock = new SystemClock();
  const startedMs = clock.now();
  const directory = options.data ?? environment.BURSAR_DATA_DIR ?? './data';
  const service = serviceIn(options.url, options.key ?? environment.BURSAR_KEY);
  const { progress, end } = progressOn(process.stderr, 'verify');
  const verification = await verifyDirectory(directory, { progress, ...(service && { service }) }).finally(end);
  const report = reportOf(directory, verification, (clock.now() - startedMs) / 1_000);
  output.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
  return report.ok ? 0 : 1;
};

const optionsIn = (args: readonly string[]) => {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const text = { type: 'string' } as const;
    return parseArgs({ args: [...args], options: { data: text, json: flag, url: text, key: text, help: flag } }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
};

const serviceIn = (url: string | undefined, key: string | undefined): { url: string; key: string } | undefined => {
  if (url === undefined) return undefined;
  if (key === undefined) throw new ConfigError(`Asking ${url} needs a key: give one with --key or BURSAR_KEY.`);
  if (!URL.canParse(url)) throw new ConfigError(`--url ${url} is no address such as http://127.0.0.1:8080.`);
  return { url, key };
};
