import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.cwd();
const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('nest-cli.json', () => {
  it('names every app and every library, and nothing else', () => {
    const { projects } = JSON.parse(readFileSync(join(root, 'nest-cli.json'), 'utf8')) as { projects: object };
    const apps = foldersIn('apps').map((name) => {
      const folder = `apps/${name}`;
      return [name, { type: 'application', root: folder, sourceRoot: folder, entryFile: 'start' }];
    });
    const libraries = foldersIn('libs').map((name) => {
      const folder = `libs/${name}`;
      const compilerOptions = { tsConfigPath: 'libs/tsconfig.lib.json' };
      return [name, { type: 'library', root: folder, sourceRoot: folder, compilerOptions }];
    });
    assert.deepEqual(projects, Object.fromEntries([...apps, ...libraries]));
  });
});
