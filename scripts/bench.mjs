import { makeReady } from './ready/ready.mjs';

makeReady();
await import('../dist/test/bench/main.js');
