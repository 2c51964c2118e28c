import { exitCodeOf } from './exit-code.js';
import { serveCommand } from './serve-command.js';

// What `nest start` runs, and `npm start` once it has built: the service.
const exitCode = await exitCodeOf(() => serveCommand(process.argv.slice(2), process.env));
if (exitCode !== undefined) process.exitCode = exitCode;
