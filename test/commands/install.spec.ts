import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLong } from '#test/support/runs.js';

/** What npm writes, and the packages whose scripts it runs, in the order of their names. */
const npm = (directory: string, command: 'ci' | 'rebuild', scripts: '--ignore-scripts' | '--no-ignore-scripts') => {
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--foreground-scripts'];
  const output = execFileSync('sh', ['-c', 'npm "$@" 2>&1', 'npm', command, ...quietly, scripts], {
    cwd: directory,
    encoding: 'utf8',
    shell: false,
  });
  const ran = [...output.matchAll(/^> (\S+)@\S+ (?:pre|post)?install$/gm)].map(([, name]) => name);
  const files = readdirSync(join(directory, 'node_modules'), { recursive: true, encoding: 'utf8' }).sort();
  return { output, ran: [...new Set(ran)].sort(), files };
};

describe('npm ci', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'bursar-npm-ci-'));
    for (const path of ['package.json', 'package-lock.json', '.npmrc']) cpSync(path, join(directory, path));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('runs no script of a package, and with scripts switched on only those that are known, to the same end', () => {
    const off = npm(directory, 'ci', '--ignore-scripts');
    assert.deepEqual(off.ran, []);
    assert.doesNotMatch(off.output, /npm warn/, 'no warning about engines or anything else');
    // Runs the same scripts on what is there already; npm ci would fetch all of it again.
    const on = npm(directory, isLong ? 'ci' : 'rebuild', '--no-ignore-scripts');
    assert.deepEqual(on.ran, ['@parcel/watcher', 'lmdb', 'msgpackr-extract', 'protobufjs']);
    assert.deepEqual(on.files, off.files, 'no script leaves anything behind');
  });
});
