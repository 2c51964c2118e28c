import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { loadResult } from './load.js';
import type { LoadOrder, LoadResult } from './load.js';

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));
const address = z.object({ port: z.int() });

/** A server to send to. */
export interface Target {
  readonly port: number;
  readonly key: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts one of the ceilings: `sink-process.js` or `nest-process.js`. */
export const startCeiling = async (name: string): Promise<Target> => {
  const child = fork(beside(name));
  const [message] = (await once(child, 'message')) as [unknown];
  return { port: address.parse(message).port, key: 'none', process: child, stop: () => ended(child, 'SIGKILL') };
};

/** Starts the service as a user does, and resolves when it is ready. `readyMs` counts from the start of the process. */
export const startBursar = async (directory: string, key?: string): Promise<Target & { readonly readyMs: number }> => {
  const startedMs = performance.now();
  const child = spawn('npm', ['start', '--silent'], {
    cwd: root,
    env: { ...process.env, BURSAR_DATA_DIR: directory, BURSAR_PORT: '0', BURSAR_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      if (written.includes('Three things')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`the service ended with ${String(code)}`));
    });
  });
  const port = Number(/listens on http:\/\/[^:]+:(\d+)/.exec(written)?.[1]);
  const printed = /bursar_owner_\S+/.exec(written)?.[0];
  return {
    port,
    key: key ?? printed ?? '',
    process: child,
    readyMs: performance.now() - startedMs,
    stop: () => ended(child, 'SIGTERM'),
  };
};

/** Runs the load generator in a process of its own. `started` is called when its clock starts. */
export const load = async (order: LoadOrder, started: () => void = () => undefined): Promise<LoadResult> => {
  const child = fork(beside('load-process.js'));
  child.send(order);
  for (;;) {
    const [message] = (await once(child, 'message')) as [unknown];
    if (message !== 'started') return loadResult.parse(message);
    started();
  }
};

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
};
