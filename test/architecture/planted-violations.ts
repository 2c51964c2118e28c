/** Files of a small house, by path. */
export type House = Readonly<Record<string, string>>;

/** A house in which every import is allowed, with a file in each room. */
export const soundHouse: House = {
  'libs/kernel/money.ts': `export const zero = 0;`,
  'libs/event-sourcing/ports/clock.ts': `import type { zero } from '#kernel/money.js';\nexport type Zero = typeof zero;`,
  'libs/event-sourcing/commands/event-sourcing.codes.ts': `export const codes = [];`,
  'libs/event-sourcing/view.ts': `import './ports/clock.js';\nimport '#kernel/money.js';`,
  'libs/spend/domain/spend.events.ts': `import { z } from 'zod';\nexport const spent = z.object({});`,
  'libs/spend/domain/spend.codes.ts': `export const codes = [];`,
  'libs/spend/domain/spend.slots.ts': `import '#event-sourcing/view.js';`,
  'libs/spend/domain/spend.ts': `import { spent } from './spend.events.js';\nexport const spend = spent;`,
  'libs/spend/queries/spend.query.ts': `import '../domain/spend.js';\nimport '#caps/domain/caps.events.js';`,
  'libs/caps/domain/caps.events.ts': `import { z } from 'zod';\nexport const capped = z.object({});`,
  'libs/caps/domain/caps.ts': `import '#spend/domain/spend.codes.js';\nimport '#event-sourcing/commands/event-sourcing.codes.js';\nimport '#spend/domain/spend.events.js';\nimport '@date-fns/tz';\nimport '#kernel/money.js';`,
  'libs/caps/domain/caps.view.ts': `import '#spend/domain/spend.slots.js';\nimport '#spend/domain/spend.js';\nimport '#event-sourcing/view.js';`,
  'libs/caps/domain/caps.spec.ts': `import 'fast-check';\nimport '#test/support/given.js';`,
  'libs/caps/commands/caps.commands.ts': `import '../domain/caps.js';\nimport '#event-sourcing/ports/clock.js';\nimport '@nestjs/common';`,
  'libs/caps/sagas/derive-caps.saga.ts': `import '../commands/caps.commands.js';\nimport '#spend/queries/spend.query.js';`,
  'libs/http/pages.ts': `import '#event-sourcing/view.js';\nimport '@nestjs/common';`,
  'libs/spend/http/spend.controller.ts': `import '#http/pages.js';\nimport '../queries/spend.query.js';`,
  'libs/caps/http/caps.controller.ts': `import '#http/pages.js';\nimport '#spend/queries/spend.query.js';\nimport '../sagas/derive-caps.saga.js';`,
  'libs/spend/spend.module.ts': `import './queries/spend.query.js';\nimport '@nestjs/common';`,
  'libs/fan-out/fan-out.module.ts': `import '#spend/spend.module.js';\nimport '#caps/domain/caps.js';`,
  'libs/system-clock/clock.ts': `import '#event-sourcing/ports/clock.js';\nimport '#kernel/money.js';`,
  'libs/event-log-memory/log.ts': `import 'node:fs';\nimport 'lmdb';`,
  'libs/event-log-eventstore/vendor-internals.ts': `import '@eventstore/db-client/dist/Client/parseConnectionString.js';`,
  'libs/event-log-eventstore/client.ts': `import { START } from '@eventstore/db-client';\nimport './vendor-internals.js';\nexport const from = START;`,
  'test/eventstore/protocol.ts': `export { default as shared } from '@eventstore/db-client/generated/shared_pb.js';`,
  'libs/client/bursar.ts': `import './calls.js';`,
  'libs/client/calls.ts': `export const calls = 0;`,
  'apps/bursar/main.ts': `import '#caps/commands/caps.commands.js';\nimport '#system-clock/clock.js';`,
  'test/support/given.ts': `import '#apps/bursar/main.js';\nimport '#spend/domain/spend.js';`,
};

/** Each capability that is followed by another, and one that is. */
const followed = [
  ['clock', 'directory'],
  ['directory', 'organisation'],
  ['organisation', 'access'],
  ['access', 'prices'],
  ['prices', 'metering'],
  ['metering', 'fan-out'],
  ['spend', 'periods'],
  ['periods', 'alerts'],
  ['alerts', 'caps'],
  ['caps', 'fan-out'],
  ['fan-out', 'audit'],
] as const;

/** What some violations lean on. */
export const soil: House = {
  'libs/kernel/utils.ts': `export const anything = 0;`,
  'libs/kernel/way-back.ts': `import './ring.js';`,
  'libs/kernel/calendar.ts': `export const days = 0;`,
  'dist/libs/kernel/money.js': `export const zero = 0;`,
  ...Object.fromEntries(
    followed.flatMap(([, later]) =>
      ['later.ts', 'later.codes.ts'].map((name) => [`libs/${later}/domain/${name}`, `export const later = 0;`]),
    ),
  ),
};

/** For every rule, files that break it and no other. */
export const plantedViolations: Readonly<Record<string, House>> = {
  'kernel-stands-alone': {
    'libs/kernel/knows-a-port.ts': `import '#event-sourcing/ports/clock.js';`,
    'libs/kernel/knows-a-type.ts': `import type { spent } from '#spend/domain/spend.events.js';\nexport type A = typeof spent;`,
  },
  'event-sourcing-knows-the-kernel': {
    'libs/event-sourcing/knows-a-fact.ts': `import '#spend/domain/spend.events.js';`,
    'libs/event-sourcing/ports/knows-an-engine.ts': `import '#event-log-memory/log.js';`,
  },
  'engines-know-ports-and-kernel': {
    'libs/event-log-memory/knows-a-capability.ts': `import '#caps/domain/caps.js';`,
    'libs/event-log-memory/knows-an-engine.ts': `import '#system-clock/clock.js';`,
    'libs/event-log-memory/knows-how-to-fold.ts': `import '#event-sourcing/view.js';`,
  },
  'domain-knows-kernel-and-events': {
    'libs/caps/domain/knows-a-capability.ts': `import '#spend/domain/spend.js';`,
    'libs/caps/domain/knows-a-neighbour.ts': `import '../../spend/domain/spend.js';`,
    'libs/caps/domain/knows-a-port.ts': `import type { Zero } from '#event-sourcing/ports/clock.js';\nexport type A = Zero;`,
    'libs/caps/domain/knows-an-engine.ts': `export const a = () => import('#event-log-memory/log.js');`,
    'libs/caps/domain/knows-a-command.ts': `import '../commands/caps.commands.js';`,
  },
  'views-know-how-events-are-folded': {
    'libs/caps/domain/knows-a-query.view.ts': `import '#spend/queries/spend.query.js';`,
    'libs/caps/domain/knows-a-command.locations.ts': `import '../commands/caps.commands.js';`,
  },
  'capabilities-know-capabilities': {
    'libs/caps/queries/knows-an-engine.ts': `import '#event-log-memory/log.js';`,
    'libs/caps/commands/knows-the-app.ts': `export * from '#apps/bursar/main.js';`,
    'libs/audit/queries/knows-a-saga.ts': `import '#caps/sagas/derive-caps.saga.js';`,
  },
  'http-knows-its-capability': {
    'libs/caps/http/knows-another.controller.ts': `import '#spend/http/spend.controller.js';`,
    'libs/caps/http/knows-the-app.ts': `import '#apps/bursar/main.js';`,
  },
  'modules-import-modules': {
    'libs/caps/caps.module.ts': `import '#event-log-memory/log.js';`,
    'libs/audit/audit.module.ts': `import '#spend/http/spend.controller.js';`,
  },
  'shared-http-knows-no-capability': { 'libs/http/knows-a-capability.ts': `import '#caps/domain/caps.events.js';` },
  ...Object.fromEntries(
    followed.map(([capability, later]) => [
      `${capability}-comes-before`,
      {
        [`libs/${capability}/queries/knows-a-later-one.ts`]: `import '#${later}/domain/later.js';`,
        [`libs/${capability}/domain/knows-a-later-one.view.ts`]: `import '../../${later}/domain/later.js';`,
        [`libs/${capability}/domain/passes-on-a-later-code.ts`]: `import '#${later}/domain/later.codes.js';`,
      },
    ]),
  ),
  'client-stands-alone': {
    'libs/client/knows-the-kernel.ts': `import type { zero } from '#kernel/money.js';\nexport type A = typeof zero;`,
    'libs/client/knows-a-capability.ts': `import '../caps/commands/caps.commands.js';`,
    'libs/client/uses-a-package.ts': `import 'zod';`,
    'libs/client/uses-node.ts': `import 'node:timers/promises';`,
  },
  'pure-rings-use-no-node': {
    'libs/caps/domain/uses-node.ts': `import 'node:crypto';`,
    'libs/kernel/uses-a-type-of-node.ts': `import type { Buffer } from 'buffer';\nexport type A = Buffer;`,
  },
  'pure-rings-use-few-packages': {
    'libs/caps/domain/uses-nest.ts': `import '@nestjs/common';`,
    'libs/kernel/uses-lmdb.ts': `import 'lmdb';`,
  },
  'the-plain-way-has-a-calendar-of-its-own': {
    'apps/cli/verify/plain-spend.ts': `import '#kernel/calendar.js';`,
    'apps/cli/verify/recount.ts': `import type { days } from '#kernel/calendar.js';\nexport type A = typeof days;`,
  },
  'product-does-not-use-tests': {
    'libs/event-log-memory/uses-support.ts': `import '#test/support/given.js';`,
    'apps/bursar/uses-a-spec.ts': `import '#caps/domain/caps.spec.js';`,
  },
  'product-does-not-use-dev-packages': { 'apps/bursar/uses-a-dev-package.ts': `import 'fast-check';` },
  'packages-are-declared': { 'apps/bursar/uses-what-came-along.ts': `import 'tslib';` },
  'vendor-internals-in-one-file': {
    'libs/event-log-eventstore/reaches-inside.ts': `import '@eventstore/db-client/dist/Client/parseConnectionString.js';`,
    'libs/event-log-eventstore/reaches-a-type.ts': `import type { ConnectionOptions } from '@eventstore/db-client/dist/Client/parseConnectionString.js';\nexport type A = ConnectionOptions;`,
    'test/eventstore/reaches-the-protocol.ts': `import '@eventstore/db-client/generated/streams_pb.js';`,
  },
  'imports-resolve': {
    'apps/bursar/uses-nothing-of-ours.ts': `import '#kernel/nowhere.js';`,
    'apps/bursar/uses-no-package.ts': `import 'a-package-that-is-not-there';`,
  },
  'no-imports-from-the-build': { 'apps/bursar/uses-the-build.ts': `import '../../dist/libs/kernel/money.js';` },
  'no-cycles': { 'libs/kernel/ring.ts': `import './way-back.js';` },
  'no-barrels': { 'libs/kernel/barrel/index.ts': `export * from '../money.js';` },
  'no-vague-names': { 'libs/kernel/uses-utils.ts': `import './utils.js';` },
};
