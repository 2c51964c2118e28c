import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { serveCommand } from './cli/serve.js';
import { ConfigError } from './config.js';

type Command = (args: readonly string[], environment: NodeJS.ProcessEnv) => Promise<number | undefined>;

// Commands that only talk to a service, or only read its directory, do not load the service.
const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['serve', serveCommand],
  ['demo', (args, environment) => serveCommand(['--demo', ...args], environment)],
  ['import', async (args, environment) => (await import('./cli/import.js')).importCommand(args, environment)],
  ['verify', async (args, environment) => (await import('./cli/verify.js')).verifyCommand(args, environment)],
  ['export', async (args, environment) => (await import('./cli/export.js')).exportCommand(args, environment)],
  ['migrate', async (args, environment) => (await import('./cli/migrate.js')).migrateCommand(args, environment)],
  ['keys', async (args, environment) => (await import('./cli/keys.js')).keysCommand(args, environment)],
]);

const usage = `Usage: bursar COMMAND

  serve            run the service (--demo: with a demo fleet; --print-config: show the settings and stop)
  demo             the same as serve --demo
  import FILE      meter the rows of a CSV or JSON lines file through the running service
  verify           recompute everything from the log and compare it with the views
  export           write every record as a line of JSON
  migrate          copy the log of a data directory into an event store
  keys             list, create and revoke the API keys of the running service

Each command explains itself with --help.
`;

/**
 * Runs one command.
 *
 * @returns its exit code (0 done, 1 failed, 2 wrong use), or undefined for a service that goes on running
 */
export const run = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number | undefined> => {
  endWithReader();
  const name = args.at(0);
  const rest = args.slice(1);
  if (name === undefined || name === 'help' || name === '--help') {
    process.stdout.write(usage);
    return name === undefined ? 2 : 0;
  }
  const command = commands.get(name);
  if (command === undefined) {
    process.stderr.write(`bursar: there is no command ${name}\n\n${usage}`);
    return 2;
  }
  try {
    return await command(rest, environment);
  } catch (error) {
    process.stderr.write(`bursar: ${explained(error)}\n`);
    return error instanceof ConfigError ? 2 : 1;
  }
};

// `bursar export | head` closes the pipe early; that is how pipes end, not a failure.
const endWithReader = (): void => {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
};

const explained = (error: unknown): string => {
  if (error instanceof LogFailure) return error.detail;
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const advice =
    'syscall' in error && 'code' in error && listenAdvice.get(`${String(error.syscall)} ${String(error.code)}`);
  return advice ? `${error.message}. ${advice}` : (error.stack ?? error.message);
};

/** What to do where the service cannot listen, by the call that failed and its code. */
const listenAdvice: ReadonlyMap<string, string> = new Map([
  ['listen EADDRINUSE', 'Another program listens there: stop it, or choose another port with BURSAR_PORT.'],
  ['listen EACCES', 'This user may not listen there: choose another port with BURSAR_PORT.'],
  ['listen EADDRNOTAVAIL', 'This machine has no such address: choose another one with BURSAR_HOST.'],
  ['getaddrinfo ENOTFOUND', 'There is no host of that name: choose another one with BURSAR_HOST.'],
  ['getaddrinfo EAI_AGAIN', 'The name could not be looked up: choose an address with BURSAR_HOST.'],
]);
