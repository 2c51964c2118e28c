import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ScratchProject, scratchProject } from '#test/support/scratch-project.js';

/** The configuration of this project, and less patience with files that hang. */
const configuration = `
import real from './jest.real.config.mjs';
const impatient = (project) => {
  const testEnvironmentOptions = { ...project.testEnvironmentOptions, fileTimeoutMs: 10_000, endTimeoutMs: 1_000 };
  return { ...project, testEnvironmentOptions };
};
export default { ...real, projects: real.projects.map(impatient) };
`;

const sound = {
  'libs/kernel/two.ts': `export const two = 2;`,
  'libs/kernel/two.spec.ts': `import { two } from '#kernel/two.js';\nit('is two', () => { expect(two).toBe(2); });`,
  'libs/good.spec.ts': `it('passes', () => {});\nit('passes as well', async () => {});`,
  'test/e2e/engine.spec.ts':
    `const engine = new Date(0).getHours() === 0 ? undefined : 'eventStore';\n` +
    `it('is told the engine', () => { expect(process.env.BURSAR_TEST_ENGINE).toBe(engine); });`,
  'libs/event-log-lmdb/addon.spec.ts': `it('passes', () => {});`,
  'libs/event-log-eventstore/away.spec.ts': `it('passes', () => {});`,
  'test/commands/skips.spec.ts': `it('passes', () => {});\nit.skip('waits (NOT CHECKED: no moon)', () => {});`,
};

/** Files that must fail: how each fails, what is said of it, and how many of its tests pass. They run in one project. */
const failing: Readonly<Record<string, readonly [source: string, said: RegExp, passed?: number]>> = {
  'fails in a test': [`it('passes', () => {});\nit('fails', () => { throw new Error('planted'); });`, /planted/, 1],
  'crashes at import': [`throw new Error('before any test');`, /before any test/],
  'has no test': [`export const nothing = 0;`, /must contain at least one test/],
  'ends with success in the middle': [
    `it('passes', () => {});\nit('quits', () => { process.exit(0); });\nit('never runs', () => {});`,
    /ended with 0 before its results/,
  ],
  'is killed': [
    `it('dies', () => { process.kill(process.pid, 'SIGKILL'); });`,
    /ended with SIGKILL before its results/,
  ],
  'hangs in a test': [`it('waits', () => new Promise(() => {}), 300);`, /Exceeded timeout of 300 ms/],
  'hangs for good': [`it('turns', () => { for (;;); });`, /ended with SIGKILL before its results/],
  'leaves a timer open': [
    `it('passes', () => { setInterval(() => {}, 1_000); });`,
    /ended with 1 after its results[^]*Something kept the file from ending: Timeout\n/,
    1,
  ],
  'leaves a process behind': [
    `import { spawn } from 'node:child_process';\nit('passes', () => { spawn('sleep', ['60'], { stdio: 'inherit', detached: true }).unref(); });`,
    /has started a process that still runs/,
    1,
  ],
  'sends results of its own': [
    `it('cheats', () => { process.send?.({ result: { testResults: [] } }); process.exit(0); });`,
    /ended with 0 before its results/,
  ],
  'leaves a process open': [
    `import { spawn } from 'node:child_process';\nit('passes', () => { spawn('sleep', ['60'], { stdio: 'inherit' }); });`,
    /Something kept the file from ending: ProcessWrap/,
    1,
  ],
  'rejects in a test, and nobody handles it': [
    `it('rejects', async () => { void Promise.reject(new Error('nobody cares')); await new Promise((r) => { setTimeout(r, 50); }); });`,
    /nobody cares/,
  ],
  'throws in a test, and nobody can catch it': [
    `it('throws', async () => { setTimeout(() => { throw new Error('out of reach'); }); await new Promise((r) => { setTimeout(r, 50); }); });`,
    /out of reach/,
  ],
  'throws after the end': [
    `process.once('beforeExit', () => { throw new Error('too late'); });\nit('passes', () => {});`,
    /ended with 1 after its results[^]*too late/,
    1,
  ],
  'fails when all is over': [
    `afterAll(() => { throw new Error('left dirty'); });\nit('passes', () => {});`,
    /left dirty/,
    1,
  ],
  'asserts less than it says': [`it('asserts', () => { expect.assertions(1); });`, /Expected one assertion/],
  'mocks a module': [`jest.mock('node:fs');\nit('passes', () => {});`, /jest[.]mock does not work here: .*docs\/adr/],
  'waits for a mocked clock': [
    `it('ticks', () => { jest.useFakeTimers(); });`,
    /jest[.]useFakeTimers does not work here/,
  ],
  'compares with a snapshot': [
    `it('compares', () => { expect(1).toMatchSnapshot(); });`,
    /toMatchSnapshot does not work here: there are no snapshots/,
  ],
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const fileOf = (what: string): string => `test/commands/${what.replace(/[^a-z]+/g, '-')}.spec.ts`;

describe('npm test', () => {
  let project: ScratchProject;
  beforeAll(() => {
    project = scratchProject(['jest.config.mjs', 'test/jest'], {
      ...sound,
      ...Object.fromEntries(Object.entries(failing).map(([what, [source]]) => [fileOf(what), source])),
    });
    execFileSync('mv', ['jest.config.mjs', 'jest.real.config.mjs'], { cwd: project.directory });
    project.write('jest.config.mjs', configuration);
  });
  afterAll(() => project.dispose());

  const npmTest = (...args: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['scripts/test.mjs', ...args], {
      cwd: project.directory,
      encoding: 'utf8',
    });
    return { lastLine: stdout.trimEnd().split('\n').at(-1), exitCode: status, output: `${stderr}${stdout}` };
  };
  const outcomeOf = (...args: readonly string[]) => {
    const { lastLine, exitCode } = npmTest(...args);
    return { lastLine, exitCode };
  };

  it('counts what passed in both zones', () => {
    assert.deepEqual(outcomeOf('libs/good'), { lastLine: 'Tests: 4 passed, 0 failed', exitCode: 0 });
  });

  it('runs the end-to-end tests once on each engine', () => {
    assert.deepEqual(outcomeOf('engine'), { lastLine: 'Tests: 2 passed, 0 failed', exitCode: 0 });
  });

  it('runs the project, the path and the name that were chosen', () => {
    const chosen = outcomeOf('--selectProjects', 'UTC', '-t', 'passes as', '--', 'libs/good', 'engine');
    assert.deepEqual(chosen, { lastLine: 'Tests: 1 passed, 0 failed', exitCode: 0 });
  });

  it('runs the libraries alone, in one zone, without the engines or with the embedded ones', () => {
    const some = ['libs/good', 'engine.spec', 'addon', 'away'];
    assert.deepEqual(outcomeOf(...some), { lastLine: 'Tests: 10 passed, 0 failed', exitCode: 0 });
    assert.deepEqual(outcomeOf('--unit', ...some), { lastLine: 'Tests: 2 passed, 0 failed', exitCode: 0 });
    assert.deepEqual(outcomeOf('--embedded', ...some), { lastLine: 'Tests: 3 passed, 0 failed', exitCode: 0 });
  });

  it('shows the line of a test, also when the file cannot be loaded', () => {
    assert.match(npmTest(fileOf('crashes at import')).output, /crashes-at-import[.]spec[.]ts:1:7/);
    assert.doesNotMatch(npmTest(fileOf('hangs in a test')).output, /run-file/);
  });

  it('ends with its tests when it is told to stop', async () => {
    const child = spawn(process.execPath, ['scripts/test.mjs', fileOf('hangs for good')], {
      cwd: project.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const testProcesses = () =>
      execFileSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' })
        .split('\n')
        .map((line) => line.trim().split(/ +/))
        .filter(([parent]) => parent === String(child.pid))
        .map(([, pid]) => Number(pid));
    while (testProcesses().length === 0) await wait(50);
    const [pid] = testProcesses();
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'close'), [143, null]);
    assert.equal(output, '\nTests: 0 passed, 0 failed\n');
    while (isAlive(pid)) await wait(50);
  });

  it('says no more than it was asked when no test was to run', () => {
    const { output } = npmTest('--listTests', 'libs/good');
    assert.match(output, /libs\/good[.]spec[.]ts\n$/);
  });

  it('says that it measures no coverage', () => {
    assert.match(npmTest('--coverage', 'libs/good').output, /--coverage does not work here: set NODE_V8_COVERAGE/);
  });

  it('says what was skipped', () => {
    const { output, lastLine } = npmTest('skips');
    assert.match(output, /^Skipped \(UTC\): waits \(NOT CHECKED: no moon\)$/m);
    assert.equal(lastLine, 'Tests: 1 passed, 0 failed');
  });

  for (const [what, [, said, passed = 0]] of Object.entries(failing)) {
    it(`fails when a file ${what}`, () => {
      const { lastLine, exitCode, output } = npmTest('libs/good', fileOf(what));
      assert.match(output, said);
      assert.deepEqual(
        { lastLine, exitCode },
        { lastLine: `Tests: ${String(4 + passed)} passed, 1 failed`, exitCode: 1 },
      );
    });
  }

  it('fails when there is nothing to run', () => {
    const nothing = { lastLine: 'Tests: 0 passed, 0 failed', exitCode: 1 };
    assert.deepEqual(outcomeOf('no-such-file'), nothing);
    assert.deepEqual(outcomeOf('libs/good', '-t', 'no such name'), nothing);
  });

  it('fails when the build fails, and runs nothing', () => {
    project.write('libs/kernel/wrong.ts', `export const wrong: number = 'text';\n`);
    const { lastLine, exitCode, output } = npmTest('libs/good');
    assert.match(output, /wrong[.]ts.*is not assignable to type 'number'/);
    assert.deepEqual({ lastLine, exitCode }, { lastLine: 'Tests: 0 passed, 0 failed', exitCode: 1 });
    rmSync(join(project.directory, 'libs/kernel/wrong.ts'));
  });

  it('runs what the sources say now', () => {
    assert.deepEqual(outcomeOf('kernel/two'), { lastLine: 'Tests: 2 passed, 0 failed', exitCode: 0 });
    project.write('libs/kernel/two.ts', `export const two = 3;\n`);
    assert.deepEqual(outcomeOf('kernel/two'), { lastLine: 'Tests: 0 passed, 2 failed', exitCode: 1 });
    project.write('libs/kernel/two.ts', `export const two = 2;\n`);
  });

  it('does not run what has been deleted', () => {
    rmSync(join(project.directory, fileOf('fails in a test')));
    assert.deepEqual(outcomeOf('fails-in-a-test'), { lastLine: 'Tests: 0 passed, 0 failed', exitCode: 1 });
  });

  it('--watch builds a source that was edited, and runs the tests it concerns', async () => {
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: project.directory, stdio: 'ignore' });
    project.write('.gitignore', 'node_modules\ndist\n');
    git('init');
    git('add', '.');
    git('-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '-m', 'All');
    const child = spawn(process.execPath, ['scripts/test.mjs', '--watch'], { cwd: project.directory });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const says = async (words: RegExp): Promise<void> => {
      while (!words.test(output)) await wait(50);
      output = '';
    };
    try {
      await says(/No tests found related to files changed/);
      project.write('libs/kernel/two.ts', `export const two = 4;\n`);
      await says(/FAIL UTC libs\/kernel\/two[.]spec[.]ts[^]*Tests: +2 failed, 2 total/);
      project.write('libs/kernel/two.ts', `export const two: string = 2;\n`);
      await says(/is not assignable to type 'string'[^]*The build failed, as above[^]*Test Suites: 2 failed/);
      project.write('libs/kernel/two.ts', `export const two = 1 + 1; // again\n`);
      await says(/PASS UTC libs\/kernel\/two[.]spec[.]ts[^]*Tests: +2 passed, 2 total/);
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});
