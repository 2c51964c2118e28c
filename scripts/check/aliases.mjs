import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const { imports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The aliases of package.json "imports" and the folders of sources they are built from: `['#kernel', 'libs/kernel']`. */
export const sourceAliases = Object.entries(imports).map(([alias, target]) => [
  alias.replace('/*', ''),
  target.replace('./dist/', '').replace('/*', ''),
]);

/** In the form dependency-cruiser reads a resolver from; relative to the directory it runs in. */
export default {
  resolve: {
    alias: Object.fromEntries(sourceAliases.map(([alias, folder]) => [alias, resolve(folder)])),
    exportsFields: ['exports'],
    conditionNames: ['node', 'import', 'types', 'default'],
  },
};
