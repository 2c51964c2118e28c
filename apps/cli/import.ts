import { ImportFailed, WrongUse } from './import/import-errors.js';
import { readOptions } from './import/options.js';
import { previewImport } from './import/preview-import.js';
import { runImport } from './import/run-import.js';
import { processTerminal } from './import/terminal.js';
import type { Terminal } from './import/terminal.js';

const usage = `Usage: bursar import FILE [options]

Meters the rows of a CSV or JSON lines file through the running service. Running it again counts nothing twice.

  --map field=column,...   which column fills which field: occurredAt=TIMESTAMP,usage.inputTokens=ContextTokens
  --default field=value    for rows that lack the field; may be given for several fields
  --model NAME             the model of rows that name none
  --source NAME            the source of rows that name none (the file's name without its ending)
  --zone ZONE              of times without zone, such as Europe/Berlin or UTC
  --shift-to TIME          moves the whole file: the first row happens then (instant) or on that day (yyyy-MM-dd)
  --allow-old              also what is older than 400 days; needs an owner key
  --users N                how many users share the rows that name none (20)
  --groups N               how many groups those users belong to (the service attributes)
  --tasks-of N             rows per task, for rows that name none (1)
  --format csv|jsonl       if the ending of the file does not tell
  --url URL, --key KEY     the service and a key for it (BURSAR_URL, else http://127.0.0.1:8080; BURSAR_KEY)
  --batch N, --in-flight N rows per request (1000), requests at the same time (4)
  --retry-for SECONDS      how long to try again while the service is busy or away (60)
  --from-row N             skips the rows before
  --report FILE            writes every refused row as a line of JSON
  --dry-run                prints the first three records and sends nothing

Exit codes: 0 every row was taken, 1 something was refused or failed, 2 wrong use. See docs/importing.md.
`;

/** Imports one file. @returns the exit code: 0 every row was taken, 1 something was refused or failed, 2 wrong use */
export const importCommand = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  terminal: Terminal = processTerminal,
): Promise<number> => {
  try {
    const options = readOptions(args, environment);
    if (options === undefined) {
      terminal.out(usage);
      return 0;
    }
    if (!options.dryRun) return (await runImport(options, args, terminal)) ? 0 : 1;
    await previewImport(options, terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof WrongUse || error instanceof ImportFailed)) throw error;
    terminal.error(`bursar import: ${error.message}\n`);
    return error instanceof WrongUse ? 2 : 1;
  }
};
