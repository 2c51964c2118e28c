import { run } from './serve-command.js';

// What `nest start` runs, and `npm start` once it has built: the service.
const exitCode = await run(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;
