import type { Prices, PublishedPrice, SentRecord } from './generators.js';
import type { SpendRecord } from './spend-records.js';

/** Which records a re-attribution is about: those that counted when it was asked for. */
export interface Reattribution {
  readonly filter: {
    readonly group?: string;
    readonly user?: string;
    readonly source?: string;
    readonly skill?: string;
  };
  readonly fromMs: number;
  readonly toMs: number;
  readonly groupId: string;
}

/** A record as it is kept: ids in the form NFC, but for its identity and its model. */
export const composed = (record: SentRecord): SentRecord => ({
  ...record,
  userId: record.userId.normalize(),
  ...(record.groupId !== undefined && { groupId: record.groupId.normalize() }),
  ...(record.skill !== undefined && { skill: record.skill.normalize() }),
});

interface Counted {
  readonly record: SentRecord;
  groupId: string;
  isVoid: boolean;
}

export const identityOf = ({ source, id }: { readonly source: string; readonly id: string }): string =>
  JSON.stringify([source, id]);

/**
 * What spend has to be, the plain way: a map of records that count, the list of published prices, and a sum in big
 * integers. What a record costs is worked out at the end from all prices there are, as if they had always been known.
 *
 * @param edition of the built-in prices that the log has adopted
 * @param labelKeys keys of labels that the organisation has chosen before there were records
 */
export const createModel = (edition: 1 | 2 = 1, labelKeys: readonly string[] = []) => {
  const counted = new Map<string, Counted>();
  const published: PublishedPrice[] = [];
  const memberships = new Map<string, { readonly fromMs: number; readonly groupId: string }[]>();

  const memberOf = (userId: string, atMs: number): string | undefined =>
    memberships
      .get(userId)
      ?.filter(({ fromMs }) => fromMs <= atMs)
      .sort((a, b) => a.fromMs - b.fromMs)
      .at(-1)?.groupId;

  return {
    counted,
    published: published as readonly PublishedPrice[],

    /** The service said that the record, or one just like it, counts. The first of an identity is the one. */
    count(sent: SentRecord): void {
      const record = composed(sent);
      if (counted.has(identityOf(record))) return;
      const groupId = record.groupId ?? memberOf(record.userId, Date.parse(record.occurredAt)) ?? 'unassigned';
      counted.set(identityOf(record), { record, groupId, isVoid: false });
    },
    void(identity: string): void {
      const one = counted.get(identity);
      if (one !== undefined) one.isVoid = true;
    },
    publish(price: PublishedPrice): void {
      published.push(price);
    },
    /** A user who is in the group at that instant anyway stays as they are. */
    join(userId: string, fromMs: number, groupId: string): void {
      if (memberOf(userId, fromMs) === groupId) return;
      const others = (memberships.get(userId) ?? []).filter((membership) => membership.fromMs !== fromMs);
      memberships.set(userId, [...others, { fromMs, groupId }]);
    },
    reattribute({ filter, fromMs, toMs, groupId }: Reattribution): void {
      for (const one of counted.values()) {
        const { record } = one;
        const ms = Date.parse(record.occurredAt);
        const wanted = [
          [filter.group, one.groupId],
          [filter.user, record.userId],
          [filter.source, record.source],
          [filter.skill, record.skill],
        ].every(([asked, is]) => asked === undefined || asked === is);
        if (wanted && ms >= fromMs && ms < toMs && !one.isVoid) one.groupId = groupId;
      }
    },

    /**
     * The row of a model in answers: that of the price it has when every price has begun, else its id without a date;
     * its own id where that name has another row.
     */
    modelOf: (id: string): string => {
      const named = (modelId: string): string =>
        exactOrNull(priceOf(modelId, Infinity, { published, edition })?.model ?? null) ?? undatedOf(exactOf(modelId));
      return named(named(id)) === named(id) ? named(id) : exactOf(id);
    },

    /** What a record is charged by all prices there are; nothing if it does not count. */
    chargeOf: (identity: string): SpendRecord | undefined => {
      const one = counted.get(identity);
      return one === undefined || one.isVoid ? undefined : charged(one, { published, edition }, labelKeys);
    },

    /** Every record that counts, as it is charged in the end. */
    spend: (): SpendRecord[] =>
      [...counted.values()]
        .filter(({ isVoid }) => !isVoid)
        .map((one) => charged(one, { published, edition }, labelKeys)),
  };
};
export type Model = ReturnType<typeof createModel>;

interface Book {
  readonly published: readonly PublishedPrice[];
  readonly edition: 1 | 2;
}

const charged = ({ record, groupId }: Counted, book: Book, labelKeys: readonly string[]): SpendRecord => {
  const { costMicros, usage } = record;
  const isUsed = Object.values(usage ?? {}).some((tokens) => tokens > 0);
  const rated =
    costMicros === undefined || (costMicros === 0 && isUsed) ? rate(record, book) : { costMicros, isUnpriced: false };
  return {
    group: groupId,
    user: record.userId,
    skill: record.skill ?? '',
    plugin: record.plugin ?? '',
    connector: record.connector ?? '',
    model: record.model ?? '',
    trigger: record.trigger ?? '',
    schedule: record.scheduleId ?? '',
    labels: Object.fromEntries(Object.entries(record.labels ?? {}).filter(([key]) => labelKeys.includes(key))),
    occurredAtMs: Date.parse(record.occurredAt),
    ...rated,
  };
};

/** Prices of the built-in list that the generated records meet (docs/domain.md, Money). */
const usd = (input: number, write5m: number, write1h: number, read: number, output: number): Prices => ({
  inputMicros: Math.round(input * 1e6),
  cacheWrite5mMicros: Math.round(write5m * 1e6),
  cacheWrite1hMicros: Math.round(write1h * 1e6),
  cacheReadMicros: Math.round(read * 1e6),
  outputMicros: Math.round(output * 1e6),
});
interface KnownPrice extends PublishedPrice {
  /** For prompts of more than 100,000 tokens. */
  readonly above100k?: Prices;
}
const builtIn: readonly KnownPrice[] = [
  { model: 'claude-sonnet-5-5', fromMs: Date.UTC(2026, 8, 28), prices: usd(2, 2.5, 4, 0.2, 10) },
  { model: 'claude-sonnet-5-5', fromMs: Date.UTC(2026, 9, 7), prices: usd(2, 2.5, 4, 0.1, 10) },
  {
    model: 'claude-haiku-5-5',
    fromMs: Date.UTC(2026, 9, 7),
    prices: usd(0.1, 0.125, 0.2, 0.01, 0.5),
    above100k: usd(0.5, 0.625, 1, 0.05, 2.5),
  },
];
const fallbacks = { 1: usd(5, 6.25, 10, 0.5, 25), 2: usd(10, 12.5, 20, 1, 50) } as const;

/** An id in the one spelling of prices, written apart from the one that is judged. */
const exactOf = (id: string): string =>
  id
    .trim()
    .toLowerCase()
    .replace('[1m]', '')
    .replace(/@(?=\d{8}$)/, '-');
const undatedOf = (exact: string): string => exact.replace(/-(\d{8}|\d{4}-\d\d-\d\d)$/, '');

/**
 * The first that has begun of: the operator's price of the exact id, of the id without its date, the built-in one of
 * both, the operator's dated ones of an id without a date, latest date first. Of two that begin together, the later published.
 */
const priceOf = (id: string | null, atMs: number, { published, edition }: Book): KnownPrice | undefined => {
  const inForce = (prices: readonly KnownPrice[], model: string | null): KnownPrice | undefined =>
    prices
      .filter((price) => exactOrNull(price.model) === model && (price.fromMs ?? -Infinity) <= atMs)
      .reduce<KnownPrice | undefined>(
        (best, price) =>
          best !== undefined && (best.fromMs ?? -Infinity) > (price.fromMs ?? -Infinity) ? best : price,
        undefined,
      );
  if (id === null) return inForce(published, null) ?? { model: null, fromMs: null, prices: fallbacks[edition] };
  const exact = exactOf(id);
  const undated = undatedOf(exact);
  const dated = published
    .flatMap(({ model }) => (model === null ? [] : [exactOf(model)]))
    .filter((model) => model !== exact && undatedOf(model) === exact)
    .sort((a, b) => (a.replaceAll('-', '') < b.replaceAll('-', '') ? 1 : -1));
  return [
    inForce(published, exact),
    inForce(published, undated),
    inForce(builtIn, exact),
    inForce(builtIn, undated),
    ...dated.map((model) => inForce(published, model)),
  ].find((price) => price !== undefined);
};
const exactOrNull = (model: string | null): string | null => (model === null ? null : exactOf(model));

const rate = ({ usage = {}, model = '', batch = false, occurredAt }: SentRecord, book: Book) => {
  const atMs = Date.parse(occurredAt);
  const known = priceOf(model, atMs, book);
  const price = known ?? priceOf(null, atMs, book);
  if (price === undefined) throw new Error('there is always a fallback price');
  const {
    inputTokens = 0,
    outputTokens = 0,
    cacheReadTokens = 0,
    cacheWrite5mTokens = 0,
    cacheWrite1hTokens = 0,
  } = usage;
  const prompt = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const prices = prompt > 100_000 ? (price.above100k ?? price.prices) : price.prices;
  const sum =
    BigInt(inputTokens) * BigInt(prices.inputMicros) +
    BigInt(outputTokens) * BigInt(prices.outputMicros) +
    BigInt(cacheReadTokens) * BigInt(prices.cacheReadMicros) +
    BigInt(cacheWrite5mTokens) * BigInt(prices.cacheWrite5mMicros) +
    BigInt(cacheWrite1hTokens) * BigInt(prices.cacheWrite1hMicros);
  return { costMicros: Number(halfEven(sum, batch ? 2_000_000n : 1_000_000n)), isUnpriced: known === undefined };
};

const halfEven = (numerator: bigint, denominator: bigint): bigint => {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
};
