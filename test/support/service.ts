import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endEngine, engineSettings } from './engine.js';

/** dist/test/support -> the project. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A service in a process of its own, on a real port, with a real directory: nothing in it knows that it is tested. */
export interface RunningService {
  readonly url: string;
  readonly ownerKey: string;
  readonly process: ChildProcess;
  /** What it has written to standard output and standard error. */
  readonly output: () => string;
  /** Asks it to stop, and resolves to its exit code. */
  stop(): Promise<number | null>;
  /** Ends it like a power cut that spares the disk. */
  kill(): Promise<void>;
}

export interface ServiceOptions {
  readonly directory: string;
  /** The key of an earlier start: only the very first one prints it. */
  readonly ownerKey?: string;
  readonly args?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** The command line of Bursar, compiled: `process.execPath` with these arguments. */
export const bursarCommand = (...args: readonly string[]): string[] => [join(root, 'scripts/bursar.mjs'), ...args];

/** Starts a service and resolves when it is ready. Rejects with its output when it ends before that. */
export const startService = async ({
  directory,
  ownerKey,
  args = [],
  environment = {},
}: ServiceOptions): Promise<RunningService> => {
  const settings = { BURSAR_DATA_DIR: directory, BURSAR_PORT: '0', BURSAR_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, bursarCommand('serve', ...args), {
    cwd: root,
    env: { ...process.env, ...settings, ...(await engineSettings(directory)), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      written += chunk.toString();
      if (written.includes('Three things')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => {
      reject(new Error(`the service ended with ${String(code)} before it was ready:\n${written}`));
    });
  });
  await ready;
  const url = /listens on (\S+),/.exec(written)?.[1] ?? '';
  const printedKey = /bursar_owner_\S+/.exec(written)?.[0];
  return {
    url,
    ownerKey: ownerKey ?? printedKey ?? '',
    process: child,
    output: () => written,
    stop: () => ended(child, 'SIGTERM'),
    kill: async () => {
      await ended(child, 'SIGKILL');
    },
  };
};

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
  return child.exitCode;
};

/** Runs with a directory of its own, which is gone afterwards. */
export const withDirectory = async <T>(run: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'bursar-'));
  try {
    return await run(directory);
  } finally {
    await endEngine(directory);
    await rm(directory, { recursive: true, force: true });
  }
};

/** A service on a fresh directory; `dispose` stops it and removes the directory. */
export interface FreshService extends RunningService {
  readonly directory: string;
  dispose(): Promise<void>;
}

/** @param prepare what is in the directory before the service starts */
export const startOnFreshDirectory = async (
  options: Omit<ServiceOptions, 'directory'> = {},
  prepare: (directory: string) => Promise<void> = () => Promise.resolve(),
): Promise<FreshService> => {
  const directory = await mkdtemp(join(tmpdir(), 'bursar-'));
  await prepare(directory);
  const service = await startService({ directory, ...options });
  return {
    ...service,
    directory,
    dispose: async () => {
      await service.stop();
      await endEngine(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
};
