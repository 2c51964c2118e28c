/** Files of a small house, by path. */
export type House = Readonly<Record<string, string>>;

/** A house in which every import is allowed, with a file in each room. */
export const soundHouse: House = {
  'libs/kernel/money.ts': `export const zero = 0;`,
  'libs/ports/clock.ts': `import type { zero } from '#kernel/money.js';\nexport type Zero = typeof zero;`,
  'libs/ports/event-log.ts': `export const position = 0;`,
  'libs/event-sourcing/view.ts': `import '#ports/event-log.js';\nimport '#kernel/money.js';`,
  'libs/domain/spend/spend.slots.ts': `import '#event-sourcing/view.js';`,
  'libs/domain/caps/caps.view.ts': `import '#domain/spend/spend.slots.js';\nimport '#event-sourcing/view.js';\nimport '#ports/event-log.js';`,
  'libs/domain/spend/spend.events.ts': `import { z } from 'zod';\nexport const spent = z.object({});`,
  'libs/domain/spend/spend.ts': `import { spent } from './spend.events.js';\nexport const spend = spent;`,
  'libs/domain/caps/caps.ts': `import '#domain/spend/spend.events.js';\nimport '@date-fns/tz';\nimport '#kernel/money.js';`,
  'libs/domain/caps/caps.spec.ts': `import 'fast-check';\nimport '#test/support/given.js';`,
  'libs/application/caps/caps.module.ts': `import '#domain/caps/caps.js';\nimport '#ports/clock.js';\nimport 'rxjs';`,
  'libs/adapters/system/clock.ts': `import '#ports/clock.js';\nimport '#kernel/money.js';`,
  'libs/adapters/memory/log.ts': `import 'node:fs';\nimport 'lmdb';`,
  'libs/client/bursar.ts': `import './calls.js';`,
  'libs/client/calls.ts': `export const calls = 0;`,
  'apps/bursar/main.ts': `import '#application/caps/caps.module.js';\nimport '#adapters/system/clock.js';`,
  'test/support/given.ts': `import '#apps/bursar/main.js';\nimport '#domain/spend/spend.js';`,
};

/** What some violations lean on. */
export const soil: House = {
  'libs/kernel/utils.ts': `export const anything = 0;`,
  'libs/kernel/way-back.ts': `import './ring.js';`,
  'libs/kernel/calendar.ts': `export const days = 0;`,
  'dist/libs/kernel/money.js': `export const zero = 0;`,
};

/** For every rule, files that break it and no other. */
export const plantedViolations: Readonly<Record<string, House>> = {
  'kernel-stands-alone': {
    'libs/kernel/knows-a-port.ts': `import '#ports/clock.js';`,
    'libs/kernel/knows-a-type.ts': `import type { spent } from '#domain/spend/spend.events.js';\nexport type A = typeof spent;`,
  },
  'ports-know-only-the-kernel': {
    'libs/ports/knows-the-domain.ts': `import '#domain/spend/spend.events.js';`,
    'libs/ports/knows-an-adapter.ts': `import '#adapters/memory/log.js';`,
  },
  'event-sourcing-knows-ports-and-kernel': {
    'libs/event-sourcing/knows-the-domain.ts': `import '#domain/spend/spend.events.js';`,
  },
  'views-know-the-fold-and-earlier-slots': {
    'libs/domain/caps/knows-another.view.ts': `import '#domain/spend/spend.js';`,
    'libs/domain/caps/knows-a-clock.view.ts': `import '#ports/clock.js';`,
  },
  'domain-knows-kernel-and-events': {
    'libs/domain/caps/knows-a-capability.ts': `import '#domain/spend/spend.js';`,
    'libs/domain/caps/knows-a-neighbour.ts': `import '../spend/spend.js';`,
    'libs/domain/caps/knows-a-port.ts': `import type { Zero } from '#ports/clock.js';\nexport type A = Zero;`,
    'libs/domain/caps/knows-an-adapter.ts': `export const a = () => import('#adapters/memory/log.js');`,
  },
  'application-knows-domain-ports-kernel': {
    'libs/application/caps/knows-an-adapter.ts': `import '#adapters/memory/log.js';`,
    'libs/application/caps/knows-the-app.ts': `export * from '#apps/bursar/main.js';`,
  },
  'adapters-know-ports-and-kernel': {
    'libs/adapters/memory/knows-the-domain.ts': `import '#domain/caps/caps.js';`,
    'libs/adapters/memory/knows-an-adapter.ts': `import '#adapters/system/clock.js';`,
    'libs/adapters/memory/knows-the-application.ts': `import '../../application/caps/caps.module.js';`,
  },
  'client-stands-alone': {
    'libs/client/knows-the-kernel.ts': `import type { zero } from '#kernel/money.js';\nexport type A = typeof zero;`,
    'libs/client/knows-the-application.ts': `import '../application/caps/caps.module.js';`,
    'libs/client/uses-a-package.ts': `import 'zod';`,
    'libs/client/uses-node.ts': `import 'node:timers/promises';`,
  },
  'pure-rings-use-no-node': {
    'libs/domain/caps/uses-node.ts': `import 'node:crypto';`,
    'libs/kernel/uses-a-type-of-node.ts': `import type { Buffer } from 'buffer';\nexport type A = Buffer;`,
  },
  'pure-rings-use-few-packages': {
    'libs/domain/caps/uses-nest.ts': `import '@nestjs/common';`,
    'libs/kernel/uses-lmdb.ts': `import 'lmdb';`,
  },
  'the-plain-way-has-a-calendar-of-its-own': {
    'apps/bursar/cli/verify/plain-spend.ts': `import '#kernel/calendar.js';`,
    'apps/bursar/cli/verify/recount.ts': `import type { days } from '#kernel/calendar.js';\nexport type A = typeof days;`,
  },
  'product-does-not-use-tests': {
    'libs/adapters/memory/uses-support.ts': `import '#test/support/given.js';`,
    'apps/bursar/uses-a-spec.ts': `import '#domain/caps/caps.spec.js';`,
  },
  'product-does-not-use-dev-packages': { 'apps/bursar/uses-a-dev-package.ts': `import 'fast-check';` },
  'packages-are-declared': { 'apps/bursar/uses-what-came-along.ts': `import 'tslib';` },
  'imports-resolve': {
    'apps/bursar/uses-nothing-of-ours.ts': `import '#kernel/nowhere.js';`,
    'apps/bursar/uses-no-package.ts': `import 'a-package-that-is-not-there';`,
  },
  'no-imports-from-the-build': { 'apps/bursar/uses-the-build.ts': `import '../../dist/libs/kernel/money.js';` },
  'no-cycles': { 'libs/kernel/ring.ts': `import './way-back.js';` },
  'no-barrels': { 'libs/kernel/barrel/index.ts': `export * from '../money.js';` },
  'no-vague-names': { 'libs/kernel/uses-utils.ts': `import './utils.js';` },
};
