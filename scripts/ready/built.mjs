import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sourceFolders = ['apps', 'libs', 'test', 'examples'];
const settings = ['package.json', 'package-lock.json', 'tsconfig.json'];

/** Builds dist when anything it is made from has changed since the last build that succeeded. */
export const ensureBuilt = (root) => {
  const sources = sourceFolders.flatMap((folder) => filesIn(root, folder)).filter(isSource);
  const stamp = join(root, 'dist/.built');
  const state = stateOf(root, [...settings, ...sources]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;

  console.error('Building (tsc) ...');
  rmSync(stamp, { force: true });
  removeOutputsWithoutSource(root, sources);
  if (!hasEveryOutput(root, sources)) rmSync(join(root, 'dist/.tsbuildinfo'), { force: true });
  compile(root);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, state);
};

const compile = (root) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' });
  if (result.status === 0) return;
  console.error('\nThe build failed, as above.');
  process.exit(1);
};

/** Names, times and sizes: enough to notice an edit, and a few milliseconds to compute. */
const stateOf = (root, files) => {
  const hash = createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = statSync(join(root, file));
    hash.update(`${file}\n${mtimeMs}\n${size}\n`);
  }
  return hash.digest('hex');
};

/** A deleted test must not go on passing, nor a deleted module go on being found. */
const removeOutputsWithoutSource = (root, sources) => {
  const wanted = new Set(sources.map(outputOf));
  for (const file of sourceFolders.flatMap((folder) => filesIn(root, join('dist', folder)))) {
    if (!wanted.has(file)) rmSync(join(root, file));
  }
};

/** The compiler trusts its own notes about what it has written: without them it writes everything again. */
const hasEveryOutput = (root, sources) => sources.every((source) => existsSync(join(root, outputOf(source))));

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');

const outputOf = (source) => join('dist', source.replace(/[.]ts$/, '.js'));

const filesIn = (root, folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort()
    : [];
