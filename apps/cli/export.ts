import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { parseDay } from '#kernel/instants.js';
import { ConfigError } from '#apps/bursar/config.js';
import { exportedRecords } from './export/exported-records.js';
import { openDirectory } from './verify/open-directory.js';
import { progressOn } from './verify/progress.js';

const usage = `Usage: bursar export [--data DIR] [--from DAY] [--to DAY] [--free only|none] [--charged]
                     [--out FILE]

Writes every record that counts as a line of JSON, as it was sent: \`bursar import\` takes it again.
Only reads: beside a running service, or on a stopped one.

  --data DIR   the data directory (default BURSAR_DATA_DIR, else ./data)
  --from DAY   the first day, yyyy-MM-dd, in the organisation's zone
  --to DAY     the day after the last
  --free KIND  only: those of a key that said that a reported cost of 0 is free; none: all others.
               Import the ones with a key that says so (zeroCostIsFree), the others with one that does not
  --charged    also say what each record is charged now; the import does not take such lines
  --out FILE   write there; must not exist yet (default: standard output)

Exit code: 0 done, 1 failed, 2 wrong use.
`;

/** Lines are handed over in pieces of about this many characters. */
const pieceLength = 65_536;

/**
 * `bursar export`.
 *
 * @throws ConfigError for wrong use, and LogFailure for a log that cannot be read
 */
export const exportCommand = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: Writable = process.stdout,
): Promise<number> => {
  const options = optionsIn(args);
  if (options.help) {
    output.write(usage);
    return 0;
  }
  const { charged } = options;
  const [from, to] = [dayIn('--from', options.from), dayIn('--to', options.to)];
  const choice = { from, to, free: freeIn(options.free), charged };
  const opened = await openDirectory(options.data ?? environment.BURSAR_DATA_DIR ?? './data');
  const { progress, end } = progressOn(process.stderr, 'export');
  try {
    const file = options.out === undefined ? undefined : createWriteStream(options.out, { flags: 'wx' });
    if (file !== undefined) await opening(file);
    await writeLines(exportedRecords(opened, choice, progress), file ?? output);
    file?.end();
    if (file !== undefined) await finished(file);
    return 0;
  } finally {
    end();
    await opened.close();
  }
};

const opening = async (file: Writable): Promise<void> => {
  try {
    await once(file, 'open');
  } catch (error) {
    throw new ConfigError(`--out: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const writeLines = async (records: AsyncIterable<object>, output: Writable): Promise<void> => {
  let piece = '';
  for await (const record of records) {
    piece += `${JSON.stringify(record)}\n`;
    if (piece.length < pieceLength) continue;
    await written(output, piece);
    piece = '';
  }
  await written(output, piece);
};

/** Resolves when the reader has taken it: a slow one is waited for, one that has gone is an error. */
const written = (output: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

const optionsIn = (args: readonly string[]) => {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const options = { data: text, from: text, to: text, free: text, charged: flag, out: text, help: flag } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
};

const freeIn = (text: string | undefined): 'only' | 'none' | undefined => {
  if (text === undefined || text === 'only' || text === 'none') return text;
  throw new ConfigError(`--free ${text} is neither only nor none.`);
};

const dayIn = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const day = parseDay(text);
  if (day === undefined) throw new ConfigError(`${name} ${text} is no day such as 2026-11-20.`);
  return day;
};
