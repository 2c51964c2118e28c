import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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
  const sources = ['apps', 'libs', 'test', 'examples', 'nest-cli.json', 'jest.config.mjs'];
  let project: ScratchProject;
  beforeAll(() => {
    project = scratchProject(sources, {});
  });
  afterAll(() => project.dispose());
  const run = (...command: readonly string[]) => {
    rmSync(join(project.directory, 'dist'), { recursive: true, force: true });
    execFileSync(process.execPath, command, { cwd: project.directory, stdio: 'pipe' });
    return outputsIn(project.directory);
  };
  const nest = 'node_modules/@nestjs/cli/bin/nest.js';

  it('leaves the bytes that these tests run on', () => {
    assert.deepEqual(run(nest, 'build'), outputsIn(process.cwd()));
  });

  it('is what npm run build does', () => {
    assert.deepEqual(run('scripts/build.mjs'), outputsIn(process.cwd()));
  });

  it('builds a library alone, with the same bytes', () => {
    const all = outputsIn(process.cwd());
    const kernel = run(nest, 'build', 'kernel');
    assert.ok(kernel.has('libs/kernel/money.js'));
    assert.ok(!kernel.has('libs/kernel/money.spec.js'));
    for (const [name, hash] of kernel) assert.equal(hash, all.get(name), name);
  });
});
