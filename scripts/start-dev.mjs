import { makeWatchable } from './ready/ready.mjs';

/*
 * npm run start:dev   builds, runs the service, and does both again whenever a source is edited
 *
 * Without a shell between them `nest start` passes signals on to the service and waits for it: none is left behind. The
 * screen is not cleared: it may show the owner key, which is shown once.
 */
if (process.argv.length > 2) {
  // `nest start` puts quotes around them, for a shell.
  console.error('start:dev takes no options. Settings are environment variables: BURSAR_PORT=8081 npm run start:dev');
  process.exit(2);
}
makeWatchable();
process.argv.push('start', 'bursar', '--watch', '--no-shell', '--preserveWatchOutput');
await import('../node_modules/@nestjs/cli/bin/nest.js');
