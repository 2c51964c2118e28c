import { exitCodeOf } from '#apps/bursar/exit-code.js';

type Command = (args: readonly string[], environment: NodeJS.ProcessEnv) => Promise<number | undefined>;

const serve: Command = async (args, environment) =>
  (await import('#apps/bursar/serve-command.js')).serveCommand(args, environment);

// Commands that only talk to a service, or only read its directory, do not load the service.
const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['serve', serve],
  ['demo', (args, environment) => serve(['--demo', ...args], environment)],
  ['import', async (args, environment) => (await import('./import.js')).importCommand(args, environment)],
  ['verify', async (args, environment) => (await import('./verify.js')).verifyCommand(args, environment)],
  ['export', async (args, environment) => (await import('./export.js')).exportCommand(args, environment)],
  ['migrate', async (args, environment) => (await import('./migrate.js')).migrateCommand(args, environment)],
  ['keys', async (args, environment) => (await import('./keys.js')).keysCommand(args, environment)],
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
export const run = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number | undefined> => exitCodeOf(() => carryOut(args, environment));

const carryOut: Command = async (args, environment) => {
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
  return command(rest, environment);
};
