let passed = 0;
let failed = 0;

// Jest ends some runs with a standard output that writes nothing.
const write = process.stdout.write.bind(process.stdout);
// At the very end, so that nothing comes after it; also when there was nothing to run.
process.once('exit', () => write(`\nTests: ${passed} passed, ${failed} failed\n`));

/**
 * Reporter of jest that says in one last line what jest says in several, and which tests were skipped. A file that could
 * not be run, or ran no test, counts as failed. A run in which nothing was checked has failed.
 */
export default class LastLine {
  #isFiltered;
  #error;

  constructor({ testNamePattern }) {
    this.#isFiltered = testNamePattern !== undefined && testNamePattern !== '';
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
    passed = numPassedTests;
    failed = numFailedTests + numRuntimeErrorTestSuites;
    if (passed + failed === 0) this.#error = new Error('No test ran.');
    if (!this.#isFiltered) sayWhatWasSkipped(testResults);
  }

  getLastError() {
    return this.#error;
  }
}

const sayWhatWasSkipped = (files) => {
  for (const { displayName, testResults } of files) {
    for (const { status, fullName } of testResults) {
      if (status === 'pending' || status === 'todo') console.log(`Skipped (${displayName.name}): ${fullName}`);
    }
  }
};
