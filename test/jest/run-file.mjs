import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ModuleMocker } from 'jest-mock';

/*
 * Runs one test file in this process and sends its results to the process that has started it. The work is done by
 * jest-circus, as jest's own runner has it done; what jest-circus asks of jest's sandbox is answered by Node.js itself.
 * A timer or a server that keeps this process alive afterwards is a failure of the file.
 */

const require = createRequire(import.meta.url);
const { default: runTests } = require('jest-circus/runner');
const mocker = new ModuleMocker(globalThis);
const bound = (...names) => Object.fromEntries(names.map((name) => [name, mocker[name].bind(mocker)]));

/** `jest` in test files: what needs no sandbox. Anything else says in a line that it does not work. */
const jest = new Proxy(
  {
    ...bound('fn', 'spyOn', 'replaceProperty', 'mocked', 'isMockFunction'),
    ...bound('clearAllMocks', 'resetAllMocks', 'restoreAllMocks'),
  },
  {
    get: (supported, name) => {
      if (name in supported) return supported[name];
      throw new Error(
        `jest.${String(name)} does not work here: test files run in plain Node.js, see docs/adr/0022-jest.md.`,
      );
    },
  },
);

const snapshotMatchers = [
  'toMatchSnapshot',
  'toMatchInlineSnapshot',
  'toThrowErrorMatchingSnapshot',
  'toThrowErrorMatchingInlineSnapshot',
];

const refuseSnapshots = (expect) => {
  const refuse = (name) => () => {
    throw new Error(`${name} does not work here: there are no snapshots. Say in the test what is expected.`);
  };
  expect.extend(Object.fromEntries(snapshotMatchers.map((name) => [name, refuse(name)])));
};

/** What jest-circus uses of jest-runtime. */
const runtimeFor = (testPath, compiled) => ({
  ...bound('clearAllMocks', 'resetAllMocks', 'restoreAllMocks'),
  requireInternalModule: require,
  requireModule: require,
  setGlobalsForRuntime: (globals) => {
    Object.assign(globalThis, globals, { jest });
    refuseSnapshots(globals.expect);
  },
  unstable_shouldLoadAsEsm: () => true,
  unstable_importModule: (path) => import(pathToFileURL(path === testPath ? compiled : path).href),
  enterTestCode: () => undefined,
  leaveTestCode: () => undefined,
});

/** Without `await`: a stack that names this file would hide the line of the test. */
const run = ({ path, compiled, config, globalConfig }) =>
  runTests(globalConfig, config, { global: globalThis }, runtimeFor(path, compiled), path).then(
    (result) => {
      // Errors as objects: not all of them can be sent, and their text is in the messages.
      for (const test of result.testResults) test.failureDetails = [];
      return { result };
    },
    // jest shows no line that it takes for one of its own: code at the top of a module has no name.
    (error) => ({ error: (error?.stack ?? String(error)).replaceAll('at <anonymous> (', 'at module (') }),
  );

/** Ends this process when something keeps it from ending, and says what. */
const endWithin = (timeoutMs) => {
  setTimeout(() => {
    // Pipes are there in any case: standard output and error.
    const open = process.getActiveResourcesInfo().filter((resource) => resource !== 'PipeWrap');
    console.error(`Something kept the file from ending: ${open.join(', ')}`);
    process.exit(1);
  }, timeoutMs).unref();
};

// A failure shows the line of the source.
process.setSourceMapsEnabled(true);
// Tests have no way to it, as in production.
const send = process.send.bind(process);
delete process.send;
process.once('disconnect', () => process.exit(1));
process.once('message', (message) => {
  void run(message).then((answer) => {
    endWithin(message.endTimeoutMs);
    send(answer);
    process.channel.unref();
  });
});
