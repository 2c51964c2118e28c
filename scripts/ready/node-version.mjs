import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The oldest Node.js that package.json names: `[20, 19]`. */
const oldest = /\d+[.]\d+/.exec(engines.node)[0].split('.').map(Number);

/** Stops with a sentence when this Node.js is older than the service runs on. */
export const requireNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  console.error(
    `Bursar needs Node.js ${oldest.join('.')} or newer, and this is ${process.versions.node}.\n` +
      'Install a current one from https://nodejs.org and try again.',
  );
  process.exit(1);
};
