import { sourceAliases } from './scripts/check/aliases.mjs';

/** Time must not depend on where the machine stands: one zone without summer time, and one far ahead that has it. */
const greenwich = 'UTC';
const auckland = 'Pacific/Auckland';

/**
 * `unit` is `npm run test:unit`: the libraries without the engines, in one zone. `embedded` has those engines, too, that
 * rest on the Node.js that runs them: on an addon for it, on its files and threads. Nothing: everything.
 */
const scope = process.env.BURSAR_TEST_SCOPE;
const beyondScope = {
  unit: ['libs/event-log-eventstore', 'libs/event-log-lmdb', 'libs/identity-index'],
  embedded: ['libs/event-log-eventstore'],
};

/** How long one test may take. A campaign of `npm run test:long` has what its file has. */
const testTimeout = (process.env.BURSAR_TEST_RUNS === 'long' ? 15 : 5) * 60_000;

/** Folders that run in every zone. The others take long and say nothing about time: each is in one project only. */
const everyZone = ['apps', 'libs', 'test/eventstore', 'test/simulation'];

/**
 * Files that run under the same conditions.
 *
 * @param env the environment of the processes they run in, beside that of jest
 * @param folders where the files are
 */
const project = (displayName, env, folders) => ({
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/${folder}/**/*.spec.ts`),
  testPathIgnorePatterns: ['/node_modules/', ...(beyondScope[scope] ?? []).map((folder) => `<rootDir>/${folder}/`)],
  moduleFileExtensions: ['ts', 'mjs', 'js', 'json'],
  // Nothing is run from here: this lets jest find the tests that a changed source concerns.
  moduleNameMapper: {
    ...Object.fromEntries(
      sourceAliases.map(([alias, folder]) => [`^${alias}/(.*)[.]js$`, `<rootDir>/${folder}/$1.ts`]),
    ),
    '^([.]{1,2}/.*)[.]js$': '$1.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  watchPathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {},
  runner: '<rootDir>/test/jest/process-runner.mjs',
  testEnvironmentOptions: { env },
});

if (process.argv.some((argument) => /^--(coverage|collectCoverage)/.test(argument))) {
  const error = new Error(
    '--coverage does not work here: set NODE_V8_COVERAGE to a directory, and read what is in it.',
  );
  error.stack = error.message;
  throw error;
}

export default {
  maxWorkers: 2,
  testTimeout,
  globalSetup: '<rootDir>/test/jest/build.mjs',
  reporters: ['default', '<rootDir>/test/jest/last-line.mjs'],
  projects:
    scope === undefined
      ? [
          project(greenwich, { TZ: greenwich }, [...everyZone, 'test/architecture', 'test/commands', 'test/e2e']),
          project(auckland, { TZ: auckland }, [...everyZone, 'test/faults']),
          // Every end-to-end test runs once on each engine: here on a stand-in for an event store, or on the one that
          // BURSAR_TEST_EVENT_STORE names.
          project('eventStore', { TZ: auckland, BURSAR_TEST_ENGINE: 'eventStore' }, ['test/e2e']),
        ]
      : [project(greenwich, { TZ: greenwich }, ['libs'])],
};
