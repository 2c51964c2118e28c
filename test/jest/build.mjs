import { ensureBuilt } from '../../scripts/ready/built.mjs';

/** Why there is nothing to run, in a round of `--watch`: jest waits for the next edit only after a round that was run. */
export let failure;

/** Before every run, and before every round of `--watch`: what runs is what the sources say now. */
export default ({ rootDir, watch, watchAll }) => {
  failure = undefined;
  try {
    ensureBuilt(rootDir);
  } catch (error) {
    if (!watch && !watchAll) throw error;
    failure = error.message;
  }
};
