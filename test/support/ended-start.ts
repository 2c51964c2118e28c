import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { engineSettings } from './engine.js';
import { bursarCommand } from './service.js';

/** Starts a service that is expected to end by itself, and resolves to what it has said. */
export const endedStart = async (
  directory: string,
  environment: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> => {
  const settings = { BURSAR_DATA_DIR: directory, BURSAR_PORT: '0', BURSAR_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, bursarCommand('serve', ...args), {
    env: { ...process.env, ...settings, ...(await engineSettings(directory)), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { status: child.exitCode, stdout, stderr };
};
