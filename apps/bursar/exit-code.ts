import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { ConfigError } from './config.js';

/**
 * Carries out a command of the shell, and says what went wrong in a sentence for the operator.
 *
 * @returns its exit code (0 done, 1 failed, 2 wrong use), or undefined for a service that goes on running
 */
export const exitCodeOf = async (command: () => Promise<number | undefined>): Promise<number | undefined> => {
  endWithReader();
  try {
    return await command();
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
