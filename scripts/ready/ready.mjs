import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, ensureBuilt, forgetBuild } from './built.mjs';
import { ensureInstalled } from './installed.mjs';
import { requireNode } from './node-version.mjs';

/** The directory of package.json. */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Makes a checkout ready to build: the right Node.js, packages installed. Says nothing when all is well. */
export const makeInstalled = () => {
  requireNode();
  ensureInstalled(root);
};

/** Makes a checkout ready to run: as above, and dist built if it is not. */
export const makeReady = () => {
  makeInstalled();
  orEnd(() => ensureBuilt(root));
};

/** Makes a checkout ready for a compiler that goes on building by itself. */
export const makeWatchable = () => {
  makeInstalled();
  forgetBuild(root);
};

/** Makes a checkout ready to run, and builds in any case. */
export const makeBuilt = () => {
  makeInstalled();
  orEnd(() => build(root));
};

/** Ends this process with exit code 1 when a step fails. */
const orEnd = (step) => {
  try {
    step();
  } catch (error) {
    console.error(`\n${error.message}`);
    process.exit(1);
  }
};
