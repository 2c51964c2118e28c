import assert from 'node:assert/strict';
import { ESLint, Linter } from 'eslint';

/** Where what must not be written, and what the message says. A rule of a later block may switch off an earlier one. */
const planted: readonly (readonly [path: string, code: string, message: RegExp])[] = [
  ...[
    'process.env',
    'console.log(1)',
    'fetch("/")',
    'setTimeout(f, 1)',
    'performance.now()',
    'Buffer.alloc(1)',
  ].flatMap((code) => [
    ['libs/kernel/money.ts', code, /^Unexpected use of/] as const,
    ['libs/caps/domain/cap-policy.ts', code, /^Unexpected use of/] as const,
  ]),
  ...['setInterval(f, 1)', 'setTimeout(f, 1)', "import 'node:timers/promises'"].flatMap((code) =>
    ['libs/caps/sagas/derive-caps.saga.ts', 'libs/fan-out/commands/denial-log.ts', 'apps/bursar/main.ts'].map(
      (path) => [path, code, /Work that nobody waits for is a saga/] as const,
    ),
  ),
  ['libs/kernel/money.ts', 'Math.random()', /seeded generator/],
  ['libs/kernel/money.ts', 'Date.now()', /Take the instant as an argument/],
  ['libs/caps/domain/cap-policy.ts', 'new Date()', /Take the instant as an argument/],
  ['libs/caps/domain/cap-policy.ts', 'const f = async () => 1', /Kernel and domain are synchronous/],
  ['libs/event-sourcing/turns.ts', 'Date.now()', /Take the instant as an argument/],
  ['apps/bursar/demo/shape.ts', "import { addDays } from 'date-fns'", /date-fns/],
  ['test/support/api.ts', "import { addDays } from 'date-fns'", /date-fns/],
  ...['libs/event-log-eventstore/client.ts', 'test/bench/bare-client.ts'].map(
    (path) => [path, "import { EventStoreDBClient } from '@eventstore/db-client'", /vendor-internals/] as const,
  ),
  ['apps/bursar/main.ts', 'Date.now()', /Take the instant as an argument/],
  ...['libs/kernel/money.ts', 'libs/client/bursar.ts', 'apps/bursar/main.ts'].map(
    (path) => [path, 'expect(1)', /Only tests use jest/] as const,
  ),
];

describe('the lint rules of our own', () => {
  const eslint = new ESLint();
  const linter = new Linter();
  for (const [path, code, message] of planted) {
    it(`notice ${code} in ${path}`, async () => {
      const { rules } = (await eslint.calculateConfigForFile(path)) as Linter.Config;
      const ours = Object.entries(rules ?? {}).filter(([name]) => name.startsWith('no-restricted-'));
      const found = linter.verify(code, { rules: Object.fromEntries(ours) });
      assert.ok(found.length > 0, 'nothing was found');
      assert.match(found[0].message, message);
    });
  }

  it('let tests use the clock and jest', async () => {
    const { rules } = (await eslint.calculateConfigForFile('libs/kernel/money.spec.ts')) as Linter.Config;
    const ours = Object.entries(rules ?? {}).filter(([name]) => name.startsWith('no-restricted-'));
    assert.deepEqual(linter.verify('expect(Date.now())', { rules: Object.fromEntries(ours) }), []);
  });
});
