import { exitCodeOf } from './exit-code.js';
import { serveCommand } from './serve-command.js';

/**
 * Runs the service until it is told to stop.
 *
 * @param args of `bursar serve`
 * @returns an exit code, or undefined while it goes on running
 */
export const run = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number | undefined> => exitCodeOf(() => serveCommand(args, environment));
