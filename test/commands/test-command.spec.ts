import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = process.cwd();

/** Test files of a project of its own, each with one way to end. */
const specs = {
  'libs/good.spec.ts': `import { it } from 'node:test';\nit('passes', () => {});\nit('passes as well', () => {});`,
  'libs/bad.spec.ts': `import { it } from 'node:test';\nit('passes', () => {});\nit('fails', () => { throw new Error('as planted'); });`,
  'libs/crash.spec.ts': `throw new Error('before any test');`,
  'libs/empty.spec.ts': `export const nothing = 0;`,
  'libs/quits.spec.ts': `import { it } from 'node:test';\nit('quits', () => { process.exit(0); });\nit('never runs', () => {});`,
  'libs/zone.spec.ts':
    `import { it } from 'node:test';\n` +
    `it('is right in Greenwich only', () => { if (new Date(0).getHours() !== 0) throw new Error('elsewhere'); });`,
  'test/e2e/engine.spec.ts':
    `import { it } from 'node:test';\n` +
    `const engine = new Date(0).getHours() === 0 ? undefined : 'eventStore';\n` +
    `it('is told the engine', () => { if (process.env.BURSAR_TEST_ENGINE !== engine) throw new Error('another'); });`,
};

describe('npm test', () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'bursar-npm-test-'));
    for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts']) {
      cpSync(join(root, path), join(directory, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir');
    for (const path of ['libs', 'test/e2e']) mkdirSync(join(directory, path), { recursive: true });
    for (const [path, source] of Object.entries(specs)) writeFileSync(join(directory, path), `${source}\n`);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const npmTest = (...args: readonly string[]): { lastLine: string | undefined; exitCode: number | null } => {
    // The runner refuses to start below another one, which it knows by this variable.
    const environment = { ...process.env };
    delete environment.NODE_TEST_CONTEXT;
    const { stdout, status } = spawnSync(process.execPath, ['scripts/test.mjs', ...args], {
      cwd: directory,
      env: environment,
      encoding: 'utf8',
    });
    return { lastLine: stdout.trimEnd().split('\n').at(-1), exitCode: status };
  };

  it('counts what passed in both zones', () => {
    assert.deepEqual(npmTest('good'), { lastLine: 'Tests: 4 passed, 0 failed', exitCode: 0 });
  });

  it('runs the end-to-end tests once on each engine', () => {
    assert.deepEqual(npmTest('engine'), { lastLine: 'Tests: 2 passed, 0 failed', exitCode: 0 });
  });

  it('fails when a test fails', () => {
    assert.deepEqual(npmTest('good', 'bad'), { lastLine: 'Tests: 6 passed, 2 failed', exitCode: 1 });
  });

  it('fails when a test fails in one zone', () => {
    assert.deepEqual(npmTest('zone'), { lastLine: 'Tests: 1 passed, 1 failed', exitCode: 1 });
  });

  for (const name of ['crash', 'empty', 'quits']) {
    it(`fails when no test runs in a file (${name})`, () => {
      assert.deepEqual(npmTest('good', name), { lastLine: 'Tests: 4 passed, 2 failed', exitCode: 1 });
    });
  }

  it('fails when there is nothing to run', () => {
    assert.deepEqual(npmTest('no-such-test'), { lastLine: 'Tests: 0 passed, 0 failed', exitCode: 1 });
  });

  it('does not run what has been deleted', () => {
    rmSync(join(directory, 'libs/bad.spec.ts'));
    assert.deepEqual(npmTest('bad'), { lastLine: 'Tests: 0 passed, 0 failed', exitCode: 1 });
  });
});
