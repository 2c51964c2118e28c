import { ensureBuilt } from '../../scripts/ready/built.mjs';

/** Before every run, and before every round of `--watch`: what runs is what the sources say now. */
export default ({ rootDir }) => ensureBuilt(rootDir);
