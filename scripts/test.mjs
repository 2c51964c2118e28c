import { makeInstalled } from './ready/ready.mjs';

/*
 * npm test [-- path pattern ...] [options of jest]    every test, or those whose path matches, in every project
 *   --unit                                            the libraries without the engines, in one zone
 *   --embedded                                        that, and the engines that rest on this Node.js
 *   --long                                            properties and campaigns with many more runs
 *
 * Installs what is missing; the build is a part of jest's run. The last line is `Tests: <passed> passed, <failed> failed`,
 * over all projects. The exit code is 0 only when something passed and nothing failed.
 */
const scopes = {
  '--unit': ['BURSAR_TEST_SCOPE', 'unit'],
  '--embedded': ['BURSAR_TEST_SCOPE', 'embedded'],
  '--long': ['BURSAR_TEST_RUNS', 'long'],
};

const args = process.argv.slice(2);
for (const arg of args.filter((arg) => arg in scopes)) {
  const [name, value] = scopes[arg];
  process.env[name] = value;
}
makeInstalled();
// Ends in the ordinary way, with the test processes and a last line.
process.once('SIGTERM', () => process.exit(143));
process.once('SIGINT', () => process.exit(130));
await import('../test/jest/last-line.mjs');
const { run } = await import('jest');
await run(args.filter((arg) => !(arg in scopes)));
