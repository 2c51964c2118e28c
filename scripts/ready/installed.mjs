import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the packages of package-lock.json when one is missing or stands at another version. */
export const ensureInstalled = (root) => {
  if (isInstalled(root)) return;
  console.error('Installing packages (npm ci) ...');
  const { command, shell } = npm();
  const result = spawnSync(command[0], [...command.slice(1), 'ci', '--include=dev', '--no-fund', '--no-audit'], {
    cwd: root,
    shell,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  console.error(result.error?.message ?? whatWentWrong(result.stderr));
  console.error('\nnpm ci failed, as above. Nothing was started.');
  process.exit(1);
};

/** npm's own account without its warnings, and without the manual page it may add. */
const whatWentWrong = (output) => {
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'));
  return lines.slice(0, 25).join('\n');
};

/**
 * npm leaves in node_modules a list of what it put there. A package that is not on it although the lock names it is
 * missing, unless it is optional: those are left out on machines they are not for.
 */
const isInstalled = (root) => {
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, wish]) => {
    if (path === '' || wish.link === true) return true;
    const found = installed[path];
    return found === undefined ? isOptional(wish) : found.version === wish.version;
  });
};

const isOptional = (entry) => entry.optional === true || entry.devOptional === true;

const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined);

/** The npm that started this script, if one did; else the one on the path, which on Windows only a shell can start. */
const npm = () => {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js') === true
    ? { command: [process.execPath, cli], shell: false }
    : { command: ['npm'], shell: process.platform === 'win32' };
};
