import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The first of each line that package.json names: `^20.19.0 || >=24.0.0` is `[[20, 19], [24, 0]]`. */
const firsts = engines.node.match(/\d+[.]\d+/g).map((version) => version.split('.').map(Number));

/** Stops with a sentence when this is no Node.js that the service runs on. */
export const requireNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > firsts.at(-1)[0] || firsts.some((first) => major === first[0] && minor >= first[1])) return;
  console.error(
    `Bursar needs Node.js ${firsts.map((first) => first.join('.')).join(', ')} or newer, and this is ` +
      `${process.versions.node}.\nInstall a current one from https://nodejs.org and try again.`,
  );
  process.exit(1);
};
