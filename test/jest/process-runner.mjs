import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as build from './build.mjs';

const runFile = fileURLToPath(new URL('run-file.mjs', import.meta.url));

/** How long files may take, if `testEnvironmentOptions` of a project does not say: a file that hangs fails. */
const defaultTimeouts = {
  /** From the start of its process to its end. */
  fileTimeoutMs: 15 * 60_000,
  /** From its results to the end of its process. */
  endTimeoutMs: 60_000,
};

/** From the end of its process until its pipes are closed. */
const pipesTimeoutMs = 5_000;

/** Characters of what a file writes: the last of them are shown when it fails. */
const longestOutput = 200_000;

/**
 * Runner of jest that gives every test file a Node.js process of its own, without jest's sandbox: what runs is the
 * compiled file, and compiler, loader, aliases and built-in objects are those of production. `testEnvironmentOptions.env`
 * of a project is the environment of its processes.
 *
 * https://jestjs.io/docs/configuration#runner-string
 */
export default class ProcessRunner {
  /** @param globalConfig what the command line and the configuration say about all projects */
  constructor(globalConfig) {
    this.globalConfig = globalConfig;
  }

  async runTests(tests, watcher, onStart, onResult, onFailure) {
    const waiting = [...tests];
    const worker = async () => {
      for (let test = waiting.shift(); test !== undefined && !watcher.isInterrupted(); test = waiting.shift()) {
        await onStart(test);
        try {
          await onResult(test, await this.#resultOf(test));
        } catch (error) {
          await onFailure(test, { message: error.message, stack: error.message });
        }
      }
    };
    await Promise.all(Array.from({ length: this.globalConfig.maxWorkers }, worker));
  }

  /** Throws when the file cannot be built or loaded, or ends or hangs before it has sent its results. */
  async #resultOf({ path, context: { config } }) {
    if (build.failure !== undefined) throw new Error(build.failure);
    const { answer, ended, isClosed, output } = await this.#run(path, config);
    if (answer?.error !== undefined) throw new Error(withOutput(answer.error, output));
    if (answer === undefined) throw new Error(withOutput(`The file ended with ${ended} before its results.`, output));

    const { result } = answer;
    const fault =
      ended !== 0
        ? `The file ended with ${ended} after its results.`
        : isClosed
          ? undefined
          : 'The file has started a process that still runs.';
    if (fault !== undefined) {
      result.testExecError = { message: fault, stack: '' };
      result.failureMessage = [result.failureMessage, fault].filter(Boolean).join('\n\n');
    }
    if (result.failureMessage) result.failureMessage = withOutput(result.failureMessage, output);
    else if (this.globalConfig.verbose && output !== '') {
      result.console = [{ message: output, origin: '', type: 'log' }];
    }
    return result;
  }

  /** @returns what the process sent, if it did, its exit code or signal, whether its pipes are closed, what it wrote */
  async #run(path, config) {
    const { env, ...timeouts } = config.testEnvironmentOptions;
    const { fileTimeoutMs, endTimeoutMs } = { ...defaultTimeouts, ...timeouts };
    const child = fork(runFile, {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout: fileTimeoutMs,
      killSignal: 'SIGKILL',
    });
    // It cannot see that this process ends while it is in a loop.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output = `${output}${text}`.slice(-longestOutput)));
    }
    let answer;
    child.on('message', (message) => (answer = message));
    const closed = once(child, 'close').then(
      () => true,
      () => false,
    );
    // A process that is gone before it gets its task says so by its end.
    child.send(
      { path, compiled: compiledOf(path, config), config, globalConfig: this.globalConfig, endTimeoutMs },
      () => undefined,
    );
    const [code, signal] = await once(child, 'exit');
    process.off('exit', kill);
    // What it wrote last may still be on its way; what it has started and left behind may keep the pipes open for ever.
    // A turn later: on a machine that stood still, the time is over before what has come meanwhile is read.
    const stillOpen = wait(pipesTimeoutMs, undefined, { ref: false }).then(() => nextTurn(false));
    const isClosed = await Promise.race([closed, stillOpen]);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    return { answer, ended: signal ?? code, isClosed, output };
  }
}

const compiledOf = (path, { rootDir }) => join(rootDir, 'dist', relative(rootDir, path).replace(/[.]ts$/, '.js'));

/** That of jest without what jest has set in it. */
const environment = () => {
  const { NODE_ENV, ...inherited } = process.env;
  return NODE_ENV === 'test' ? inherited : { NODE_ENV, ...inherited };
};

const withOutput = (message, output) => (output === '' ? message : `${message}\n\nIt wrote:\n${output}`);
