import { run } from './main.js';

// What `npm run bursar` runs once it has built.
const exitCode = await run(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
