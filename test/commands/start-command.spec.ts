import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ScratchProject, scratchProject } from '#test/support/scratch-project.js';

/** Stands where the service stands: says what it was asked, and takes its time to end. */
const service = `
export const run = async (args: readonly string[]): Promise<number | undefined> => {
  const alive = setInterval(() => undefined, 1000);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      clearInterval(alive);
      setTimeout(() => process.stdout.write('closed\\n'), 200);
    });
  }
  process.stdout.write(\`asked for \${args.join(' ') || 'nothing'} in process \${process.pid}\\n\`);
  return undefined;
};
`;

/** Stands where the commands of the shell stand. */
const command = `export const run = async (args: readonly string[]): Promise<number> => (args.length > 0 ? 3 : 4);`;

describe('npm start', () => {
  let project: ScratchProject;
  beforeAll(() => {
    project = scratchProject(['nest-cli.json', 'apps/bursar/start.ts', 'apps/cli/start.ts'], {
      'apps/bursar/serve-command.ts': service,
      'apps/cli/main.ts': command,
    });
  });
  afterAll(() => project.dispose());

  const npm = (...args: readonly string[]) => {
    const child = spawn('npm', args, { cwd: project.directory, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const said = async (words: string): Promise<void> => {
      while (!output.includes(words)) {
        const heard = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
        if (heard === undefined && !output.includes(words)) {
          assert.fail(`it ended without saying "${words}": ${output}`);
        }
      }
    };
    const ended = once(child, 'close');
    return { child, said, ended, output: () => output };
  };

  it('builds, passes the arguments on, and lets the service finish when npm is told to stop', async () => {
    const { child, said, ended, output } = npm('start', '--', '--demo');
    await said('asked for --demo');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.ok(output().endsWith('closed\n'));
  });

  it('lets the service finish on Ctrl-C, which reaches npm and the service alike', async () => {
    const { child, said, ended, output } = npm('start');
    await said('asked for');
    process.kill(-Number(child.pid), 'SIGINT');
    await ended;
    assert.ok(output().includes('closed\n'));
  });

  it('passes the exit code of a command on', async () => {
    assert.deepEqual(await npm('run', 'bursar', '--', 'no-such-command').ended, [3, null]);
  });

  it('start:dev builds and starts again after an edit, and leaves no service behind when it is told to stop', async () => {
    const { child, said, ended, output } = npm('run', 'start:dev');
    await said('asked for');
    project.write('apps/bursar/serve-command.ts', service.replace('asked', 'asked again'));
    await said('closed');
    await said('asked again for');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.ok(output().endsWith('closed\n'), 'the service had the time to finish');
    const [pid] = /\d+$/m.exec(output()) ?? [];
    assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' });
  });
});
