import { makeReady } from './ready/ready.mjs';

// The service runs in this process, so that signals reach it directly.
makeReady();
await import('../dist/apps/bursar/start.js');
