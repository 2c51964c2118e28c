import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLong } from '#test/support/runs.js';
import { type ScratchProject, scratchProject } from '#test/support/scratch-project.js';

/** The hash of every file that a build has left, by path. Its notes to itself are not of them. */
const outputsIn = (directory: string): ReadonlyMap<string, string> => {
  const names = readdirSync(join(directory, 'dist'), { recursive: true, encoding: 'utf8' });
  const outputs = names.filter((name) => name.endsWith('.js') || name.endsWith('.map')).sort();
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(directory, 'dist', name)))
      .digest('hex');
  return new Map(outputs.map((name) => [name, hashOf(name)]));
};

describe('nest build', () => {
  const projects: ScratchProject[] = [];
  afterAll(() => {
    for (const project of projects) project.dispose();
  });
  /** Runs it where nothing is built yet. */
  const run = (sources: readonly string[], ...command: readonly string[]) => {
    const project = scratchProject([...sources, 'nest-cli.json'], {});
    projects.push(project);
    execFileSync(process.execPath, command, { cwd: project.directory, stdio: 'pipe' });
    return outputsIn(project.directory);
  };
  const everything = ['apps', 'libs', 'test', 'examples', 'jest.config.mjs'];
  const nest = 'node_modules/@nestjs/cli/bin/nest.js';

  it('is what npm run build does, and leaves the bytes that these tests run on', () => {
    assert.deepEqual(run(everything, 'scripts/build.mjs'), outputsIn(process.cwd()));
  });

  if (isLong) {
    it('leaves them also without npm', () => {
      assert.deepEqual(run(everything, nest, 'build'), outputsIn(process.cwd()));
    });
  }

  it('builds a library alone, with the same bytes', () => {
    const all = outputsIn(process.cwd());
    // Of the other libraries nothing is there: it imports none of them. In npm run test:long they are.
    const sources = isLong ? everything : ['libs/tsconfig.lib.json', 'libs/kernel'];
    const kernel = run(sources, nest, 'build', 'kernel');
    assert.ok(kernel.has('libs/kernel/money.js'));
    assert.ok(!kernel.has('libs/kernel/money.spec.js'));
    for (const [name, hash] of kernel) assert.equal(hash, all.get(name), name);
  });
});
