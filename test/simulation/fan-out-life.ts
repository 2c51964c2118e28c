import { millisecondsInDay, millisecondsInHour, millisecondsInMinute } from 'date-fns/constants';
import fc from 'fast-check';
import { modelNames, publishedPrices } from '#test/support/generators.js';
import { highestMicros } from '#test/support/poison.js';
import { beginsMs, users } from './fan-out-room.js';
import * as spend from './fan-out-spend-steps.js';
import * as steps from './fan-out-steps.js';
import { groups } from './plain-leases.js';
import type { Step } from './step.js';
import { forms, slipsIn } from './writing.js';

const groupId = fc.constantFrom(...groups);
const scope = fc.constantFrom(null, ...groups);
const place = fc.nat({ max: 20 });
const minutes = fc.constantFrom(1, 10, 60);
const few = fc.nat({ max: 9 });
const limits = fc.record(
  {
    concurrency: few,
    perUser: few,
    itemsPerFanOut: few,
    treeDepth: fc.nat({ max: 3 }),
    treeItems: fc.nat({ max: 30 }),
    spawnsPerMinute: fc.nat({ max: 15 }),
    paused: fc.boolean(),
  },
  { requiredKeys: [] },
);
const usually = <T>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: seldom });

/** Some of these pass 2^53 - 1 together, and seven items of the dearer one do so alone. */
const hugeEstimates = fc.constantFrom(highestMicros - 1, 13 * 10 ** 14 + 1);
const request = fc
  .record({
    groupId,
    userId: fc.constantFrom(...users),
    items: fc.integer({ min: 1, max: 8 }),
    concurrency: fc.integer({ min: 1, max: 8 }),
    estimate: usually(fc.constantFrom(1, 100, 300), hugeEstimates),
    minutes,
    tree: fc.nat({ max: 2 }),
    parent: fc.option(place, { freq: 2 }),
    form: forms,
    slip: slipsIn('requestId', 'groupId', 'userId', 'taskId'),
  })
  .map(steps.request);

/** So few that a record costs some hundreds of micros by most prices, and by some nothing. */
const tokens = fc.nat({ max: 100 });
const usage = fc.record({ inputTokens: tokens, outputTokens: tokens, cacheReadTokens: tokens });
const rated = { usage, model: fc.constantFrom(...modelNames), batch: fc.boolean() };
const paid = fc.oneof(
  fc.record({ costMicros: fc.constantFrom(0, 1, 250, 2_000, 10 ** 12) }),
  fc.record(rated),
  fc.record({ ...rated, costMicros: fc.constantFrom(0, 0, 250) }),
);
const metered = {
  place,
  groupId: fc.option(groupId),
  agoMs: usually(fc.constant(0), fc.constantFrom(-millisecondsInHour, 5 * millisecondsInHour, 40 * millisecondsInDay)),
  hasOtherClock: fc.boolean(),
  zeroCostIsFree: fc.boolean(),
  form: forms,
  slip: slipsIn('groupId', 'userId', 'taskId', 'fanOutId'),
};
/** Ten records that pass 2^53 - 1 together, by an odd number of micros at most times. */
const poison = fc.constantFrom(highestMicros, highestMicros - 1).map((costMicros) => ({ costMicros }));

const prices = fc
  .record({
    price: publishedPrices,
    fromMs: fc.option(fc.integer({ min: beginsMs - 2 * millisecondsInDay, max: beginsMs + 2 * millisecondsInDay })),
    dies: fc.constantFrom('not' as const, 'withSnapshot' as const, 'withoutSnapshot' as const),
  })
  .map(({ price, fromMs, dies }) => spend.publish({ ...price, fromMs }, dies));

const passing = fc.constantFrom(
  1_000,
  millisecondsInMinute,
  10 * millisecondsInMinute,
  millisecondsInHour,
  10 * millisecondsInHour,
);

/** Whatever may happen to fan-outs, money and limits. */
export const life: fc.Arbitrary<Step>[] = [
  ...[request, request, request, request, request, request, request],
  fc
    .tuple(place, fc.constantFrom('same' as const, 'other' as const, 'looksTheSame' as const))
    .map(([at, how]) => steps.again(at, how)),
  fc.tuple(place, fc.option(few, { nil: undefined }), minutes).map(([at, left, long]) => steps.renew(at, left, long)),
  place.map(steps.release),
  fc.tuple(passing, fc.boolean()).map(([ms, isNoticed]) => steps.pass(ms, isNoticed)),
  fc.constantFrom(-30, -1, 1, 30).map(steps.clockJumps),
  fc.record({ ...metered, paid, times: fc.integer({ min: 1, max: 2 }) }).map(spend.meter),
  fc.record({ ...metered, paid, times: fc.integer({ min: 1, max: 2 }) }).map(spend.meter),
  fc.record({ ...metered, paid: poison, times: fc.constantFrom(1, 10) }).map(spend.meter),
  place.map((at) => spend.takeBack({ place: at })),
  fc.constant(spend.takeBack({ fromMicros: highestMicros - 1 })),
  prices,
  fc
    .tuple(scope, usually(fc.nat({ max: 6_000 }), fc.constant(Number.MAX_SAFE_INTEGER)), fc.boolean())
    .map(([of, micros, enforces]) => spend.setCap(of, micros, enforces)),
  fc.tuple(scope, limits).map(([of, some]) => steps.setLimits(of, some)),
  fc.boolean().map(steps.crash),
  fc.constant(null).map(steps.snapshot),
];
