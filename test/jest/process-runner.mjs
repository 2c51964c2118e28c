import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const runFile = fileURLToPath(new URL('run-file.mjs', import.meta.url));

/** How long files may take, if `testEnvironmentOptions` of a project does not say: a hang is a failure, no night of waiting. */
const patience = {
  /** From the start of its process to its end. */
  fileTimeoutMs: 15 * 60_000,
  /** From its results to the end of its process. */
  endTimeoutMs: 60_000,
};

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
    if (globalConfig.collectCoverage) {
      throw new Error('--coverage: this runner collects none. Set NODE_V8_COVERAGE to a directory, and read that.');
    }
    this.globalConfig = globalConfig;
  }

  async runTests(tests, watcher, onStart, onResult, onFailure) {
    const waiting = [...tests];
    const lane = async () => {
      for (let test = waiting.shift(); test !== undefined && !watcher.isInterrupted(); test = waiting.shift()) {
        await onStart(test);
        try {
          await onResult(test, await this.#resultOf(test));
        } catch (error) {
          await onFailure(test, { message: error.message, stack: error.message });
        }
      }
    };
    await Promise.all(Array.from({ length: this.globalConfig.maxWorkers }, lane));
  }

  /** Throws when the file cannot be loaded, or ends or hangs before it has told its results. */
  async #resultOf({ path, context: { config } }) {
    const { message, ended, output } = await this.#run(path, config);
    if (message?.error !== undefined) throw new Error(withOutput(message.error, output));
    if (message === undefined) throw new Error(withOutput(`The file ended with ${ended} before its results.`, output));

    const { result } = message;
    if (ended !== 0) {
      const story = `The file ended with ${ended} after its results.`;
      result.testExecError = { message: story, stack: '' };
      result.failureMessage = [result.failureMessage, story].filter(Boolean).join('\n\n');
    }
    if (result.failureMessage) result.failureMessage = withOutput(result.failureMessage, output);
    else if (this.globalConfig.verbose && output !== '') {
      result.console = [{ message: output, origin: '', type: 'log' }];
    }
    return result;
  }

  /** @returns what the process told, if it did, its exit code or signal, and what it wrote */
  async #run(path, config) {
    const { env, ...times } = config.testEnvironmentOptions;
    const { fileTimeoutMs, endTimeoutMs } = { ...patience, ...times };
    const child = fork(runFile, {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout: fileTimeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output = `${output}${text}`.slice(-longestOutput)));
    }
    let message;
    child.on('message', (told) => (message = told));
    const closed = once(child, 'close').catch(() => undefined);
    // A process that is gone before it was told its task says so by its end.
    child.send(
      { path, compiled: compiledOf(path, config), config, globalConfig: this.globalConfig, endTimeoutMs },
      () => undefined,
    );
    const [code, signal] = await once(child, 'exit');
    // What it wrote last may still be on its way; what it has started and left behind may keep the pipes open for ever.
    await Promise.race([closed, sleep(2_000, undefined, { ref: false })]);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    return { message, ended: signal ?? code, output };
  }
}

const compiledOf = (path, { rootDir }) => join(rootDir, 'dist', relative(rootDir, path).replace(/[.]ts$/, '.js'));

/** That of jest without what jest has set in it. */
const environment = () => {
  const { NODE_ENV, ...inherited } = process.env;
  return NODE_ENV === 'test' ? inherited : { NODE_ENV, ...inherited };
};

const withOutput = (story, output) => (output === '' ? story : `${story}\n\nIt wrote:\n${output}`);
