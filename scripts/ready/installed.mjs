import { spawnSync } from 'node:child_process';
import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lets npm install what package-lock.json says when that is newer than what npm has installed. A link to the packages of
 * another checkout is left alone: npm would remove them there.
 */
export const ensureInstalled = (root) => {
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  // npm writes this file last, and removes it first.
  const installedMs = modifiedMs(join(root, 'node_modules/.package-lock.json'));
  if (installedMs !== undefined && installedMs >= modifiedMs(join(root, 'package-lock.json'))) return;
  console.error('Installing packages (npm ci) ...');
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    // On Windows npm is a script. Standard output belongs to the command that asked for this.
    shell: process.platform === 'win32',
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  console.error('\nnpm ci failed, as above. Nothing was started.');
  process.exit(1);
};

const modifiedMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
