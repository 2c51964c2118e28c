import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const outcomeReporter = fileURLToPath(new URL('outcome-reporter.mjs', import.meta.url));
/** A file that hangs is a failure, not a night of waiting. */
const fileTimeoutMs = 15 * 60_000;

/**
 * Runs compiled test files with Node's own runner under a time zone.
 *
 * @param reporter what to show on the way: `spec` or `dot`
 * @returns counts of tests, and the failures. Whatever the runner does not vouch for counts as failed.
 */
export const runFiles = (root, files, zone, reporter, environment) => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-test-'));
  const outcomeFile = join(directory, 'outcome.json');
  try {
    const options = [
      '--test-concurrency=2',
      `--test-timeout=${fileTimeoutMs}`,
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      `--test-reporter=${outcomeReporter}`,
      `--test-reporter-destination=${outcomeFile}`,
    ];
    const { status } = spawnSync(process.execPath, ['--test', ...options, ...files], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...environment, TZ: zone },
    });
    return vouchedFor(readOutcome(outcomeFile), status);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const vouchedFor = ({ counts, failures, filesWithoutTests }, status) => {
  const empty = filesWithoutTests.map((file) => ({
    file,
    title: 'the file itself',
    story: 'No test ran in this file.',
  }));
  const passed = (counts.pass ?? 0) - empty.length;
  const failed = (counts.fail ?? 0) + (counts.cancelled ?? 0) + empty.length;
  const unexplained = status !== 0 && failed === 0;
  return {
    passed,
    failed: unexplained ? 1 : failed,
    skipped: (counts.skipped ?? 0) + (counts.todo ?? 0),
    failures: [
      ...failures,
      ...empty,
      ...(unexplained ? [{ file: '', title: 'the test runner', story: `It ended with ${status ?? 'a signal'}.` }] : []),
    ],
  };
};

const readOutcome = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {
      counts: { fail: 1 },
      failures: [{ file: '', title: 'the test runner', story: 'It left no report.' }],
      filesWithoutTests: [],
    };
  }
};
