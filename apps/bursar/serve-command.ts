import { parseArgs } from 'node:util';
import { formatInstant } from '#kernel/instants.js';
import type { Config } from './config.js';
import { ConfigError, readConfig, withoutSecrets } from './config.js';
import { requireUsable } from './engines.js';
import { exitCodeOf } from './exit-code.js';
import type { Service } from './main.js';

const usage = `Usage: bursar serve [--demo] [--print-config]

  --demo           with a demo fleet, in a data directory of its own (./data-demo)
  --print-config   show the settings and stop
`;

/**
 * Runs the service until SIGINT or SIGTERM; then it finishes what was accepted and closes the store.
 *
 * @param args of `bursar serve`
 * @returns an exit code, or undefined while it goes on running
 */
export const run = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number | undefined> => exitCodeOf(() => serveCommand(args, environment));

/** The same; rejects with what `exitCodeOf` tells of. */
export const serveCommand = async (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number | undefined> => {
  const options = optionsIn(args);
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const config = withDemoDirectory(readConfig(environment), options.demo, environment);
  if (options.demo && config.eventStore !== null) {
    throw new ConfigError('The demo fleet is not for a shared log: leave BURSAR_EVENT_STORE out.');
  }
  if (options['print-config']) {
    if (config.eventStore !== null) await requireUsable(config.eventStore.connectionString);
    process.stdout.write(`${JSON.stringify(withoutSecrets(config), null, 2)}\n`);
    return 0;
  }
  // Wrong settings are told before what takes a second to load.
  const { startService } = await import('./main.js');
  const service = await startService(config, (failure) => {
    // Nothing is acknowledged any more: what is needed is a person, and a restart once the cause is gone.
    process.stderr.write(`bursar: ${failure.detail}\n`);
    process.exit(1);
  });
  stopOnSignal(service);
  if (options.demo) {
    const { DemoFleet } = await import('#apps/cli/demo/demo-fleet.js');
    await (await service.create(DemoFleet)).load();
  }
  process.stdout.write(greeting(service, config, options.demo));
  return undefined;
};

const optionsIn = (args: readonly string[]) => {
  try {
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({ args: [...args], options: { demo: flag, 'print-config': flag, help: flag } }).values;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
};

const withDemoDirectory = (config: Config, demo: boolean, environment: NodeJS.ProcessEnv): Config =>
  demo && environment.BURSAR_DATA_DIR === undefined ? { ...config, dataDirectory: './data-demo' } : config;

const stopOnSignal = (service: Service): void => {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    process.stdout.write(`\n${signal}: finishing what was accepted ...\n`);
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`bursar: could not close in order: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
};

const greeting = ({ url, ownerKey, readyAtMs }: Service, { dataDirectory }: Config, demo: boolean): string => {
  const key = ownerKey ?? '$BURSAR_KEY';
  const at = formatInstant(readyAtMs);
  const record = `{"source":"hello","id":"1","taskId":"t-1","userId":"u-ana","groupId":"eng","occurredAt":"${at}","model":"claude-sonnet-5-5","usage":{"inputTokens":1200,"outputTokens":640}}`;
  return `
Bursar listens on ${url}, data in ${dataDirectory}
${ownerKey === undefined ? '' : `\nOwner key (shown this once, keep it):\n  ${ownerKey}\n`}
Three things to do next${ownerKey === undefined ? ' (with BURSAR_KEY set to your owner key)' : ''}:

1. ${demo ? 'See what each group of the demo fleet spent this month' : 'Meter a task'}
  ${demo ? `curl -s '${url}/api/v1/spend?by=group' -H "Authorization: Bearer ${key}"` : `curl -s ${url}/api/v1/metering -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' -d '${record}'`}
2. ${demo ? 'See which schedules cost what' : 'See the spend it caused'}
  curl -s '${url}/api/v1/spend?by=${demo ? 'schedule' : 'group,model'}' -H "Authorization: Bearer ${key}"
3. Read what else there is: ${url}/docs
  curl -s ${url}/api/v1/openapi.json
`;
};
