import { runBursar } from './run.mjs';

await runBursar(['serve', ...process.argv.slice(2)]);
