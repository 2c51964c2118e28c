import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const { imports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const folderOf = (target) => target.replace('./dist/', '').replace('/*', '');
const foldersIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/**
 * The aliases of package.json "imports" and the folders of sources they are built from: `['#test', 'test']`. `#*` stands
 * for every library: `['#kernel', 'libs/kernel']`.
 */
export const sourceAliases = Object.entries(imports).flatMap(([alias, target]) =>
  alias === '#*'
    ? foldersIn(folderOf(target)).map((name) => [`#${name}`, `${folderOf(target)}/${name}`])
    : [[alias.replace('/*', ''), folderOf(target)]],
);

/** In the form dependency-cruiser reads a resolver from; relative to the directory it runs in. */
export default {
  resolve: {
    alias: Object.fromEntries(sourceAliases.map(([alias, folder]) => [alias, resolve(folder)])),
    exportsFields: ['exports'],
    conditionNames: ['node', 'import', 'types', 'default'],
  },
};
