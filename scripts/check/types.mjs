import { makeReady } from '../ready/ready.mjs';

// The build is the check: one compiler, one tsconfig.
makeReady();
