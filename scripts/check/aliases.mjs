import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The aliases of package.json "imports", followed to the sources they are built from: `#kernel/*` is `libs/kernel/*`.
 * In the form dependency-cruiser reads a resolver from; relative to the directory it runs in.
 */
const { imports } = JSON.parse(readFileSync('package.json', 'utf8'));

const sourceOf = (target) => resolve(target.replace('./dist/', '').replace('/*', ''));

export default {
  resolve: {
    alias: Object.fromEntries(
      Object.entries(imports).map(([alias, target]) => [alias.replace('/*', ''), sourceOf(target)]),
    ),
    exportsFields: ['exports'],
    conditionNames: ['node', 'import', 'types', 'default'],
  },
};
