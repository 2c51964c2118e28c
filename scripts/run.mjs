import { makeReady } from './ready/ready.mjs';

/**
 * Makes the checkout ready and runs the service or a command of it in this process, so that signals reach it directly.
 *
 * @param args the command and its arguments: `['serve', '--demo']`
 */
export const runBursar = async (args) => {
  makeReady();
  const { run } = await import('../dist/apps/bursar/main.js');
  const exitCode = await run(args);
  if (exitCode !== undefined) process.exitCode = exitCode;
};
