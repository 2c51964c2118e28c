import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sourceFolders = ['apps', 'libs', 'test', 'examples'];
const settings = ['package.json', 'package-lock.json', 'tsconfig.json'];

/** Both make the same files. The first takes about 5 seconds after an edit, the second up to 13: it does not read its own notes. */
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'];
const nestBuild = ['node_modules/@nestjs/cli/bin/nest.js', 'build'];

/** Builds dist when anything it is made from has changed since the last build that succeeded. Throws when that fails. */
export const ensureBuilt = (root) => {
  const sources = sourcesOf(root);
  const stamp = stampOf(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === stateOf(root, sources)) return;
  console.error('Building (tsc) ...');
  compile(root, tsc, sources);
};

/** Builds dist as nest-cli.json says, whatever is there. Throws when that fails. */
export const build = (root) => compile(root, nestBuild, sourcesOf(root));

const compile = (root, compiler, sources) => {
  const state = stateOf(root, sources);
  forgetBuild(root);
  removeOutputsWithoutSource(root, sources);
  run(root, compiler);
  // The compiler trusts its own notes about what it has written: without them it writes everything again.
  if (!hasEveryOutput(root, sources)) {
    rmSync(join(root, 'dist/.tsbuildinfo'), { force: true });
    run(root, compiler);
  }
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stampOf(root), state);
};

const run = (root, compiler) => {
  const { status } = spawnSync(process.execPath, compiler, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('The build failed, as above.');
};

/** Before somebody else builds into dist: what is there may then be newer than what the last build here has left. */
export const forgetBuild = (root) => rmSync(stampOf(root), { force: true });

const stampOf = (root) => join(root, 'dist/.built');

const sourcesOf = (root) => sourceFolders.flatMap((folder) => filesIn(root, folder)).filter(isSource);

/** Names, times and sizes: enough to notice an edit, and a few milliseconds to compute. */
const stateOf = (root, sources) => {
  const hash = createHash('sha256');
  for (const file of [...settings, ...sources]) {
    const { mtimeMs, size } = statSync(join(root, file));
    hash.update(`${file}\n${mtimeMs}\n${size}\n`);
  }
  return hash.digest('hex');
};

/** A deleted test must not go on passing, nor a deleted module go on being found. */
const removeOutputsWithoutSource = (root, sources) => {
  const wanted = new Set(sources.flatMap(outputsOf));
  for (const file of sourceFolders.flatMap((folder) => filesIn(root, join('dist', folder)))) {
    if (!wanted.has(file)) rmSync(join(root, file));
  }
};

const hasEveryOutput = (root, sources) => sources.flatMap(outputsOf).every((output) => existsSync(join(root, output)));

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');

const outputsOf = (source) => ['.js', '.js.map'].map((ending) => join('dist', source.replace(/[.]ts$/, ending)));

const filesIn = (root, folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort()
    : [];
