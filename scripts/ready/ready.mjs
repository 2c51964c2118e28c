import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './built.mjs';
import { ensureInstalled } from './installed.mjs';
import { requireNode } from './node-version.mjs';

/** The directory of package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Makes a checkout ready to run: the right Node.js, packages installed, dist built. Says nothing when all is well. */
export const makeReady = () => {
  requireNode();
  ensureInstalled(root);
  ensureBuilt(root);
};
