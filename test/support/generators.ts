import fc from 'fast-check';
import { triggerNames } from '#metering/domain/record-values.js';
import { highestMicros } from './poison.js';

/** A metering record as the tests send it: what `POST /metering` takes, with a source. */
export interface SentRecord {
  readonly source: string;
  readonly id: string;
  readonly taskId: string;
  readonly parentTaskId?: string;
  readonly userId: string;
  readonly groupId?: string;
  readonly occurredAt: string;
  readonly costMicros?: number;
  readonly model?: string;
  readonly batch?: boolean;
  readonly usage?: Readonly<Partial<Record<TokenKind, number>>>;
  readonly trigger?: (typeof triggerNames)[number];
  readonly scheduleId?: string;
  readonly skill?: string;
  readonly plugin?: string;
  readonly connector?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
export type TokenKind =
  'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWrite5mTokens' | 'cacheWrite1hTokens';

/** Micros per million tokens. */
export interface Prices {
  readonly inputMicros: number;
  readonly outputMicros: number;
  readonly cacheReadMicros: number;
  readonly cacheWrite5mMicros: number;
  readonly cacheWrite1hMicros: number;
}

export interface PublishedPrice {
  /** Null for the fallback. */
  readonly model: string | null;
  /** Null: it always applied. */
  readonly fromMs: number | null;
  readonly prices: Prices;
}

/** The instant at which simulated worlds begin; records are at most this late. */
export const worldBeginsMs = Date.UTC(2026, 10, 20, 9);
const earliestMs = Date.UTC(2026, 8, 20);

export const groupNames = ['eng', 'ops', 'unassigned'] as const;
export const userNames = ['ana', 'bo', 'cy'] as const;
/**
 * One with two built-in prices, one with a tier, one that only the operator prices, with dates and in other spellings,
 * one that may never be priced.
 */
export const modelNames = [
  'claude-sonnet-5-5',
  'claude-haiku-5-5',
  ' Claude-Haiku-5-5@20261007[1m]',
  'in-house',
  'in-house-2026-05-13',
  'In-House@20260806',
  'mystery',
] as const;

/** Where days, months and prices begin, and one millisecond before. */
const edges = [
  Date.UTC(2026, 9, 31, 23), // November in Berlin
  Date.UTC(2026, 10, 1), // November in UTC
  Date.UTC(2026, 9, 31, 11), // November in Auckland
  Date.UTC(2026, 9, 7), // new prices
  Date.UTC(2026, 9, 25, 1), // Berlin's clock goes back
].flatMap((ms) => [ms, ms - 1]);
export const instants = fc.oneof(fc.integer({ min: earliestMs, max: worldBeginsMs }), fc.constantFrom(...edges));

const tokens = fc.oneof(fc.nat({ max: 200_000 }), fc.constantFrom(0, 1, 99_999, 100_000, 100_001));
const usage = fc
  .tuple(
    tokens,
    fc.record(
      { outputTokens: tokens, cacheReadTokens: tokens, cacheWrite5mTokens: tokens, cacheWrite1hTokens: tokens },
      { requiredKeys: [] },
    ),
  )
  .map(([inputTokens, rest]) => ({ inputTokens, ...rest }));
const cost = fc.oneof(fc.nat({ max: 50_000_000 }), fc.constantFrom(0, 1, 10 ** 12));
/** Ten of these pass 2^53 - 1 together. */
const poison = fc.constantFrom(highestMicros, highestMicros - 1, 1);
const paidWith = (costMicros: fc.Arbitrary<number>) =>
  fc.oneof(
    fc.record({ costMicros }),
    fc.record({ usage, model: fc.constantFrom(...modelNames), batch: fc.boolean() }),
    fc.record({ usage, costMicros, model: fc.constantFrom(...modelNames) }),
  );
const saidOf = (groupIds: readonly string[]) =>
  fc.record(
    {
      groupId: fc.constantFrom(...groupIds),
      parentTaskId: fc.constantFrom('t1', 't2'),
      trigger: fc.constantFrom(...triggerNames),
      scheduleId: fc.constantFrom('nightly', 'hourly'),
      skill: fc.constantFrom('triage', 'review', 're\u0301sume\u0301'),
      plugin: fc.constantFrom('support-tools@3.2.1', 'crm'),
      connector: fc.constantFrom('mail', 'crm-readonly'),
    },
    { requiredKeys: [] },
  );

/** Group and user ids in two forms of the same text, and one that cannot be new. */
export const oddId = 'eng\u00a0';
const oddGroups = ['caf\u00e9', 'cafe\u0301', oddId] as const;
const oddUsers = ['ren\u00e9', 'rene\u0301'] as const;

const recordsOf = (
  paid: ReturnType<typeof paidWith>,
  said: ReturnType<typeof saidOf>,
  userIds: readonly string[],
): fc.Arbitrary<SentRecord> =>
  fc
    .record({
      identity: fc.record({
        source: fc.constantFrom('cowork', 'agent'),
        id: fc.nat({ max: 12 }).map((n) => `r${String(n)}`),
      }),
      who: fc.record({ taskId: fc.constantFrom('t1', 't2', 't3'), userId: fc.constantFrom(...userIds) }),
      occurredAt: instants.map((ms) => new Date(ms).toISOString()),
      paid,
      said,
    })
    .map(({ identity, who, occurredAt, paid: price, said: rest }) => ({
      ...identity,
      ...who,
      occurredAt,
      ...price,
      ...rest,
      ...labelsOf(identity.id),
    }));

/** By the identity: whatever is sent of it has the same ones, for what a repeat says of them makes no difference. */
const labelsOf = (id: string): Pick<SentRecord, 'labels'> => {
  const number = Number(id.slice(1));
  if (number % 6 === 0) return {};
  return {
    labels: {
      ...(number % 3 > 0 && { project: number % 3 === 1 ? 'atlas' : 'triage' }),
      ...(number % 2 > 0 && { costCenter: 'eng-1' }),
      colour: 'red',
    },
  };
};

/** Records of so few identities that some meet with the same and some with other content. */
export const sentRecords = recordsOf(paidWith(cost), saidOf(groupNames), userNames);

/** The same, of senders who are careless with ids. */
export const oddRecords = recordsOf(paidWith(cost), saidOf([...groupNames, ...oddGroups]), [...userNames, ...oddUsers]);

/** The same, most of them as dear as may be. */
export const poisonRecords = recordsOf(paidWith(poison), saidOf(groupNames), userNames);

/** Prices of an operator; `model: null` is the fallback, no part of which is 0. */
export const publishedPrices: fc.Arbitrary<PublishedPrice> = fc.record({
  model: fc.constantFrom(null, ...modelNames),
  fromMs: fc.oneof(fc.constant(null), instants),
  prices: fc
    .tuple(fc.integer({ min: 1, max: 30_000_000 }), fc.integer({ min: 1, max: 60_000_000 }))
    .map(([inputMicros, outputMicros]) => ({
      inputMicros,
      outputMicros,
      cacheReadMicros: 1 + Math.floor(inputMicros / 10),
      cacheWrite5mMicros: inputMicros + 1,
      cacheWrite1hMicros: inputMicros * 2,
    })),
});
