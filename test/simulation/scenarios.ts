import fc from 'fast-check';
import {
  groupNames,
  instants,
  oddRecords,
  poisonRecords,
  publishedPrices,
  sentRecords,
  userNames,
} from '#test/support/generators.js';
import type { SentRecord } from '#test/support/generators.js';
import type { Step } from './world.js';

/** Zones with and without summer time, on both sides of UTC. */
const zones = ['UTC', 'Europe/Berlin', 'Pacific/Auckland', 'America/St_Johns'];

export interface Scenario {
  readonly timeZone: string;
  readonly steps: readonly Step[];
}

/** Some records, of which steps send the same ones again and again. */
const poolOf = (records: fc.Arbitrary<SentRecord>) => fc.array(records, { minLength: 1, maxLength: 30, size: 'max' });
const pools = fc.oneof(poolOf(sentRecords), poolOf(oddRecords), poolOf(poisonRecords));

const stepsOver = (pool: readonly SentRecord[]): fc.Arbitrary<readonly Step[]> => {
  const record = fc.constantFrom(...pool);
  const requests = fc.array(fc.array(record, { maxLength: 12 }), { minLength: 1, maxLength: 4 });
  const meter = fc.record({ type: fc.constant('meter' as const), requests });
  const filter = fc.record(
    {
      group: fc.constantFrom(...groupNames),
      user: fc.constantFrom(...userNames),
      source: fc.constantFrom('cowork', 'agent'),
      skill: fc.constantFrom('triage', 'review'),
    },
    { requiredKeys: [] },
  );
  const reattribution = fc
    .record({ filter, one: instants, other: instants, groupId: fc.constantFrom(...groupNames) })
    .map(({ one, other, ...rest }) => ({ ...rest, fromMs: Math.min(one, other), toMs: Math.max(one, other) + 1 }));
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: meter },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('void' as const), record }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('publish' as const), price: publishedPrices }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('join' as const),
        userId: fc.constantFrom(...userNames),
        fromMs: instants,
        groupId: fc.constantFrom('eng', 'ops'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('reattribute' as const), reattribution }) },
    { weight: 2, arbitrary: fc.constant({ type: 'snapshot' as const }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('crash' as const), snapshotLost: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 15 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('clockJumps' as const), hours: fc.constantFrom(-30, -1, 1, 30) }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  );
  return fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });
};

/** Anything that may happen to a service and its senders, in any order. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .tuple(fc.constantFrom(...zones), pools)
  .chain(([timeZone, pool]) => stepsOver(pool).map((steps) => ({ timeZone, steps })));
