import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const specs = ['**/*.spec.ts'];

/** Time is an input everywhere: only the system clock asks the machine. */
const clock = {
  properties: [
    {
      object: 'Date',
      property: 'now',
      message: 'Take the instant as an argument (`nowMs`), or inject the Clock port. Only libs/system-clock reads it.',
    },
  ],
  syntax: [
    {
      selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
      message: 'Take the instant as an argument (`nowMs`), or inject the Clock port: `new Date()` reads the machine.',
    },
    {
      selector: 'CallExpression[callee.name="Date"]',
      message: 'Take the instant as an argument (`nowMs`), or inject the Clock port: `Date()` reads the machine.',
    },
  ],
};

/** What a pure ring must not reach for: each with what to do instead. */
const impure = {
  globals: [
    ['process', 'Take what you need as an argument: configuration is read in apps/bursar/config.ts only.'],
    ['globalThis', 'Take what you need as an argument.'],
    ['performance', 'Take instants as arguments: measuring belongs to the engines and the app.'],
    ['crypto', 'Make ids from meaning, or take them as arguments.'],
    ['console', 'Return what there is to say: the app logs.'],
    ['fetch', 'The network belongs behind a port.'],
    ['Buffer', 'Use Uint8Array, or leave bytes to an engine.'],
    ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'].map((name) => [
      name,
      'Nothing waits here: time comes in as a command or a tick.',
    ]),
  ].map(([name, message]) => ({ name, message })),
  properties: [
    { object: 'Math', property: 'random', message: 'Take the chosen value, or a seeded generator, as an argument.' },
  ],
  syntax: [
    {
      selector: ':function[async=true], AwaitExpression, NewExpression[callee.name="Promise"]',
      message: 'Kernel and domain are synchronous: let commands and queries wait, and pass in what they got.',
    },
  ],
};

/** Packages whose entry loads all there is. */
const barrels = ['date-fns', 'date-fns/fp', 'date-fns/locale'].map((name) => ({
  name,
  message:
    "It loads everything, 80 ms at each start: import one function ('date-fns/startOfDay'), or 'date-fns/constants'.",
}));

const testGlobals = [
  'describe',
  'it',
  'test',
  'expect',
  'jest',
  'beforeAll',
  'beforeEach',
  'afterAll',
  'afterEach',
].map((name) => ({ name, message: 'Only tests use jest: *.spec.ts and test/.' }));

/** Background work is a saga: nothing else runs by itself. */
const background = {
  message:
    'Work that nobody waits for is a saga (libs/event-sourcing/sagas): it is evaluated every second and when views change. Whoever reads a lot gives way with `nextTurn` of libs/event-sourcing/turns.js.',
  names: ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  modules: ['timers', 'timers/promises', 'node:timers', 'node:timers/promises'],
};

/** Whoever has the class can override what is in it. */
const vendorClient = {
  name: '@eventstore/db-client',
  importNames: ['EventStoreDBClient'],
  message: 'Use EventStoreClient of vendor-internals.ts: what is overridden of the client is listed and checked there.',
};

export default defineConfig(
  globalIgnores(['dist/', 'node_modules/', 'data/', 'data-demo/']),
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      curly: ['error', 'multi-line'],
      'object-shorthand': 'error',
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      // A Nest module is a class with nothing but its decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // Nest's option types are classes that serve as shapes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // An async method may implement a port without anything to wait for: a throw still becomes a rejection.
      '@typescript-eslint/require-await': 'off',
      // Columns and typed arrays are walked by index on the hot path, on purpose.
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },

  { files: ['**/*.ts', '**/*.mjs'], rules: { 'no-restricted-imports': ['error', { paths: barrels }] } },
  {
    files: ['**/*.ts'],
    ignores: ['libs/event-log-eventstore/vendor-internals{,.spec}.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [...barrels, vendorClient] }] },
  },
  {
    // The types of jest are everywhere, its globals are not.
    files: ['**/*.ts'],
    ignores: [...specs, 'test/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...testGlobals] },
  },
  {
    files: ['libs/**/*.ts', 'apps/bursar/**/*.ts'],
    ignores: [
      ...specs,
      'libs/event-sourcing/**',
      'libs/event-log-*/**',
      'libs/identity-index/**',
      // It runs elsewhere, without sagas.
      'libs/client/**',
      // The timers of open connections.
      'libs/http/{event-stream,http.module}.ts',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        ...testGlobals,
        ...background.names.map((name) => ({ name, message: background.message })),
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...barrels,
            vendorClient,
            ...background.modules.map((name) => ({ name, message: background.message })),
          ],
        },
      ],
    },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: [...specs, 'libs/system-clock/**'],
    rules: {
      'no-restricted-properties': ['error', ...clock.properties],
      'no-restricted-syntax': ['error', ...clock.syntax],
    },
  },
  {
    files: ['libs/kernel/**/*.ts', 'libs/*/domain/**/*.ts'],
    ignores: specs,
    rules: {
      'no-restricted-globals': ['error', ...testGlobals, ...impure.globals],
      'no-restricted-properties': ['error', ...clock.properties, ...impure.properties],
      'no-restricted-syntax': ['error', ...clock.syntax, ...impure.syntax],
    },
  },
  {
    files: [...specs, 'test/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      // A suite reads as one story, however long its callback is.
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      // Assertions are those of node:assert, too, and of functions that the tests share.
      'jest/expect-expect': 'off',
      'jest/valid-title': ['error', { ignoreTypeOfTestName: true }],
    },
  },
  // What tests share defines some of them.
  { files: ['test/contracts/*.ts', 'test/support/*.ts'], rules: { 'jest/no-export': 'off' } },
  // The one place that skips, and says why.
  { files: ['test/support/it-when.ts'], rules: { 'jest/no-disabled-tests': 'off' } },

  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [eslint.configs.recommended],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly', fetch: 'readonly' },
    },
    rules: { eqeqeq: 'error', curly: ['error', 'multi-line'] },
  },
);
