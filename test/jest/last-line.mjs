let hasRun = false;
let passed = 0;
let failed = 0;

// That of the prototype: jest replaces the one of the stream, and ends some runs with one that writes nothing.
const { write } = Object.getPrototypeOf(process.stdout);
// At the very end, so that nothing comes after it; also when there was nothing to run.
process.once('exit', (code) => {
  if (hasRun || code !== 0) write.call(process.stdout, `\nTests: ${passed} passed, ${failed} failed\n`);
});

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
    hasRun = true;
    passed = numPassedTests;
    failed = numFailedTests + numRuntimeErrorTestSuites;
    if (passed + failed === 0) this.#error = new Error('No test ran.');
    if (!this.#isFiltered) listSkipped(testResults);
  }

  getLastError() {
    return this.#error;
  }
}

const listSkipped = (files) => {
  for (const { displayName, testResults } of files) {
    for (const { status, fullName } of testResults) {
      if (status === 'pending' || status === 'todo') console.log(`Skipped (${displayName.name}): ${fullName}`);
    }
  }
};
