import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ratings } from '#metering/domain/metering.events.js';
import { parseInstant } from '#kernel/instants.js';
import { maxMicros } from '#kernel/money.js';
import { builtInPrices, builtInVersionName, latestEdition } from './built-in-prices.js';
import { priceBook, type PriceBook } from './price-book.js';
import type { PricePublication, PricesEvent, PriceTiers, TokenPrices } from './prices.events.js';
import { rate, type Rated, type RatingFault, type Usage } from './rating.js';

const at = (text: string): number => {
  const ms = parseInstant(text);
  return typeof ms === 'number' ? ms : assert.fail(text);
};
const october = at('2026-10-20T12:00:00Z');
const noUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  fast: 0,
  webSearches: 0,
};
const usage = (some: Partial<Usage>): Usage => ({ model: '', occurredAtMs: october, batch: 0, ...noUsage, ...some });

const rated = (book: PriceBook, some: Partial<Usage>): Rated | RatingFault => {
  const result: Rated = { costMicros: -1, rating: -1, priceVersion: '' };
  return rate(book, usage(some), false, result) ?? result;
};
const costOf = (book: PriceBook, some: Partial<Usage>): number => {
  const result = rated(book, some);
  return typeof result === 'string' ? assert.fail(result) : result.costMicros;
};

type PricePublished = Extract<PricePublication, { type: 'PricePublished' }>;
const flat = (micros: number): TokenPrices => ({
  inputMicros: micros,
  cacheWrite5mMicros: micros,
  cacheWrite1hMicros: micros,
  cacheReadMicros: micros,
  outputMicros: micros,
});
const ownPrice = (model: string, prices: TokenPrices, tiers?: PriceTiers): PricePublished => ({
  type: 'PricePublished',
  data: { model, from: null, priceVersion: `own:${model}@always#1`, prices, ...(tiers && { tiers }) },
});
const bookWith = (...events: PricesEvent[]): PriceBook => {
  const book = priceBook();
  book.apply({ type: 'BuiltInPricesAdopted', data: { edition: latestEdition } });
  for (const event of events) book.apply(event);
  return book;
};

/** How rating is defined, without a shortcut: the judge of the fast one. */
const plainRate = (of: Usage, prices: TokenPrices, tiers: PriceTiers): bigint => {
  const prompt =
    BigInt(of.inputTokens) + BigInt(of.cacheReadTokens) + BigInt(of.cacheWrite5mTokens) + BigInt(of.cacheWrite1hTokens);
  const tier = tiers.findLast(({ abovePromptTokens }) => prompt > BigInt(abovePromptTokens));
  const price = tier?.prices ?? prices;
  const numerator =
    BigInt(of.inputTokens) * BigInt(price.inputMicros) +
    BigInt(of.outputTokens) * BigInt(price.outputMicros) +
    BigInt(of.cacheReadTokens) * BigInt(price.cacheReadMicros) +
    BigInt(of.cacheWrite5mTokens) * BigInt(price.cacheWrite5mMicros) +
    BigInt(of.cacheWrite1hTokens) * BigInt(price.cacheWrite1hMicros);
  const denominator = of.batch === 1 ? 2_000_000n : 1_000_000n;
  const down = numerator / denominator;
  const twiceRest = (numerator % denominator) * 2n;
  if (twiceRest === denominator) return down + (down % 2n);
  return twiceRest > denominator ? down + 1n : down;
};

describe('the built-in price list', () => {
  // docs/domain.md, the table: USD for a million tokens of input, 5 m write, 1 h write, read, output.
  const rows: readonly [model: string, occurredAt: string, ...usd: number[]][] = [
    ['claude-fable-5', '2026-01-01', 10, 12.5, 20, 1, 50],
    ['claude-mythos-5', '2026-01-01', 10, 12.5, 20, 1, 50],
    ['claude-fable-5-1', '2026-09-01', 10, 12.5, 20, 0.25, 50],
    ['claude-mythos-5-1', '2026-09-01', 10, 12.5, 20, 0.25, 50],
    ['claude-fable-5-2', '2026-11-09', 8, 10, 16, 0.2, 40],
    ['claude-mythos-5-2', '2026-11-09', 8, 10, 16, 0.2, 40],
    ['claude-opus-5-5', '2026-09-22', 4, 5, 8, 0.2, 20],
    ['claude-opus-5', '2026-01-01', 5, 6.25, 10, 0.5, 25],
    ['claude-opus-4-8', '2026-01-01', 5, 6.25, 10, 0.5, 25],
    ['claude-opus-4-7', '2026-01-01', 5, 6.25, 10, 0.5, 25],
    ['claude-opus-4-6', '2026-01-01', 5, 6.25, 10, 0.5, 25],
    ['claude-opus-4-5', '2026-01-01', 5, 6.25, 10, 0.5, 25],
    ['claude-sonnet-5-5', '2026-09-28', 2, 2.5, 4, 0.2, 10],
    ['claude-sonnet-5-5', '2026-10-07', 2, 2.5, 4, 0.1, 10],
    ['claude-opus-4-1', '2026-01-01', 15, 18.75, 30, 1.5, 75],
    ['claude-opus-4', '2026-01-01', 15, 18.75, 30, 1.5, 75],
    ['claude-sonnet-5', '2026-01-01', 2, 2.5, 4, 0.2, 10],
    ['claude-sonnet-4-6', '2026-01-01', 3, 3.75, 6, 0.3, 15],
    ['claude-sonnet-4-5', '2026-01-01', 3, 3.75, 6, 0.3, 15],
    ['claude-sonnet-4', '2026-01-01', 3, 3.75, 6, 0.3, 15],
    ['claude-haiku-4-5', '2026-01-01', 1, 1.25, 2, 0.1, 5],
  ];
  for (const [model, day, input, write5m, write1h, read, output] of rows) {
    it(`${model} from ${day}`, () => {
      const book = bookWith();
      const cost = (some: Partial<Usage>): number =>
        costOf(book, { model, occurredAtMs: at(`${day}T00:00:00Z`), ...some }) / 100_000;
      assert.deepEqual(
        [
          cost({ inputTokens: 100_000 }),
          cost({ cacheWrite5mTokens: 100_000 }),
          cost({ cacheWrite1hTokens: 100_000 }),
          cost({ cacheReadTokens: 100_000 }),
          cost({ outputTokens: 100_000 }),
        ],
        [input, write5m, write1h, read, output],
      );
    });
  }

  for (const [model, day, input, output] of [
    ['claude-sonnet-4', '2026-11-01', 6, 22.5],
    ['claude-sonnet-4-5', '2026-11-01', 6, 22.5],
    ['claude-sonnet-4-6', '2026-03-12', 6, 22.5],
    ['claude-sonnet-4-6', '2026-03-13', 3, 15],
    ['claude-opus-4-6', '2026-03-12', 10, 37.5],
    ['claude-opus-4-6', '2026-03-13', 5, 25],
  ] as const) {
    it(`${model} above a prompt of 200,000 tokens on ${day}`, () => {
      const cost = (some: Partial<Usage>): number =>
        costOf(bookWith(), { model, occurredAtMs: at(`${day}T00:00:00Z`), ...some });
      assert.equal(cost({ inputTokens: 200_001 }), Math.round(200_001 * input));
      assert.equal(cost({ cacheReadTokens: 200_010, outputTokens: 2 }), 20_001 * input + 2 * output);
    });
  }

  it('moves the whole request of claude-haiku-5-5 to the higher tier above a prompt of 100,000 tokens', () => {
    const book = bookWith();
    const cost = (some: Partial<Usage>): number => costOf(book, { model: 'claude-haiku-5-5', ...some });
    assert.equal(cost({ inputTokens: 100_000, outputTokens: 1_000_000 }), 10_000 + 500_000);
    assert.equal(cost({ inputTokens: 100_001, outputTokens: 1_000_000 }), 50_000 + 2_500_000); // 50,000.5 to even
    const prompt = {
      inputTokens: 40_000,
      cacheReadTokens: 20_000,
      cacheWrite5mTokens: 20_000,
      cacheWrite1hTokens: 20_000,
    };
    assert.equal(cost(prompt), 4_000 + 200 + 2_500 + 4_000);
    assert.equal(cost({ ...prompt, cacheReadTokens: 20_002 }), 20_000 + 1_000 + 12_500 + 20_000); // 1,000.1
  });

  for (const [model, from] of [
    ['claude-fable-5-1', '2026-09-01T00:00:00Z'],
    ['claude-opus-5-5', '2026-09-22T00:00:00Z'],
    ['claude-sonnet-5-5', '2026-09-28T00:00:00Z'],
    ['claude-haiku-5-5', '2026-10-07T00:00:00Z'],
  ] as const) {
    it(`knows no price of ${model} a millisecond before ${from}`, () => {
      const book = bookWith();
      const before = rated(book, { model, inputTokens: 1_000_000, occurredAtMs: at(from) - 1 });
      assert.deepEqual(before, {
        costMicros: 10_000_000,
        rating: ratings.indexOf('unpriced'),
        priceVersion: 'builtIn:fallback@always#2',
      });
      assert.notDeepEqual(rated(book, { model, inputTokens: 1_000_000, occurredAtMs: at(from) }), before);
    });
  }

  it('has what an earlier edition said as it said it, and names corrections apart', () => {
    const first = priceBook();
    const sonnet = { model: 'claude-sonnet-4-5', inputTokens: 1_000_000 };
    const unknown = { model: 'no-such-model', inputTokens: 1_000_000 };
    assert.deepEqual(
      [rated(first, sonnet), rated(first, unknown)].map(
        (one) => typeof one !== 'string' && [one.costMicros, one.priceVersion],
      ),
      [
        [3_000_000, 'builtIn:claude-sonnet-4-5@always'],
        [5_000_000, 'builtIn:fallback@always'],
      ],
    );
    assert.deepEqual(
      [rated(bookWith(), sonnet), rated(bookWith(), unknown)].map(
        (one) => typeof one !== 'string' && [one.costMicros, one.priceVersion],
      ),
      [
        [6_000_000, 'builtIn:claude-sonnet-4-5@always#2'],
        [10_000_000, 'builtIn:fallback@always#2'],
      ],
    );
    const names = builtInPrices.map(builtInVersionName);
    assert.equal(new Set(names).size, names.length);
  });

  it('names the price it used', () => {
    const version = (model: string, occurredAt: string): string | undefined =>
      bookWith().lookup(model, at(occurredAt))?.priceVersion;
    assert.equal(version('claude-opus-5-20260301', '2026-10-20T00:00:00Z'), 'builtIn:claude-opus-5@always#2');
    assert.equal(version('claude-sonnet-5-5', '2026-10-06T23:59:59.999Z'), 'builtIn:claude-sonnet-5-5@2026-09-28');
    assert.equal(version('claude-sonnet-5-5[1m]', '2026-10-07T00:00:00Z'), 'builtIn:claude-sonnet-5-5@2026-10-07');
  });
});

describe('usage without a known price (F16)', () => {
  for (const model of ['', 'some-new-model', 'claude-opus-9']) {
    it(`costs the fallback and says so: model ${JSON.stringify(model)}`, () => {
      assert.deepEqual(rated(bookWith(), { model, inputTokens: 1_000, outputTokens: 1_000 }), {
        costMicros: 10_000 + 50_000,
        rating: ratings.indexOf('unpriced'),
        priceVersion: 'builtIn:fallback@always#2',
      });
    });
  }

  it('is never free', () => {
    const kind = fc.constantFrom(
      'inputTokens',
      'outputTokens',
      'cacheReadTokens',
      'cacheWrite5mTokens',
      'cacheWrite1hTokens',
    );
    fc.assert(
      fc.property(
        fc.string(),
        kind,
        fc.integer({ min: 4, max: 10 ** 9 }),
        fc.constantFrom(0, 1),
        (model, tokens, count, batch) => {
          const result = rated(bookWith(), { model: `no-${model}`, [tokens]: count, batch });
          assert.ok(
            typeof result !== 'string' && result.costMicros > 0 && result.rating === ratings.indexOf('unpriced'),
          );
        },
      ),
    );
  });

  it('is priced again once there is a price', () => {
    const book = bookWith();
    const some = { model: 'some-new-model', inputTokens: 1_000_000 };
    assert.equal(costOf(book, some), 10_000_000);
    book.apply(ownPrice('some-new-model', flat(700_000)));
    assert.deepEqual(rated(book, some), {
      costMicros: 700_000,
      rating: ratings.indexOf('priced'),
      priceVersion: 'own:some-new-model@always#1',
    });
  });

  it('is refused while the currency has no fallback, and leaves the answer alone', () => {
    const book = bookWith();
    book.useCurrency('EUR');
    assert.equal(rated(book, { model: 'claude-opus-5', inputTokens: 1 }), 'pricesMissing');
    const untouched: Rated = { costMicros: 7, rating: 7, priceVersion: 'seven' };
    rate(book, usage({ inputTokens: 1 }), false, untouched);
    assert.deepEqual(untouched, { costMicros: 7, rating: 7, priceVersion: 'seven' });
  });
});

describe('fast mode', () => {
  it('has prices of its own', () => {
    const fast = { model: 'claude-opus-5', inputTokens: 1_000_000, outputTokens: 1_000_000, fast: 1 };
    assert.equal(costOf(bookWith(), { ...fast, fast: 0 }), 30_000_000);
    assert.equal(costOf(bookWith(), fast), 60_000_000);
    assert.equal(costOf(bookWith(), { ...fast, batch: 1 }), 30_000_000);
  });

  it('of a model that has none costs the fallback', () => {
    const result = rated(bookWith(), { model: 'claude-haiku-4-5', inputTokens: 1_000_000, fast: 1 });
    assert.deepEqual(result, {
      costMicros: 30_000_000,
      rating: ratings.indexOf('unpriced'),
      priceVersion: 'builtIn:fallback@always#2',
    });
  });

  it('takes the next price in the order that says what it costs', () => {
    const own = ownPrice('claude-opus-5', flat(1));
    const fast = { model: 'claude-opus-5', inputTokens: 1_000_000, fast: 1 };
    assert.equal(costOf(bookWith(own), { ...fast, fast: 0 }), 1);
    assert.equal(costOf(bookWith(own), fast), 10_000_000);
    assert.equal(costOf(bookWith({ ...own, data: { ...own.data, fast: { prices: flat(2) } } }), fast), 2);
  });

  it('has tiers of its own', () => {
    const tiers = [{ abovePromptTokens: 10, prices: flat(4_000_000) }];
    const own = ownPrice('m', flat(1_000_000));
    const book = bookWith({ ...own, data: { ...own.data, fast: { prices: flat(2_000_000), tiers } } });
    assert.equal(costOf(book, { model: 'm', inputTokens: 10, fast: 1 }), 20);
    assert.equal(costOf(book, { model: 'm', inputTokens: 11, fast: 1 }), 44);
  });
});

describe('web searches', () => {
  it('cost 10 USD for a thousand, beside the tokens, and are not halved by a batch', () => {
    const some = { model: 'claude-opus-5', inputTokens: 1_000_000, webSearches: 3 };
    assert.equal(costOf(bookWith(), some), 5_030_000);
    assert.equal(costOf(bookWith(), { ...some, batch: 1 }), 2_530_000);
    assert.equal(costOf(bookWith(), { model: 'nobody-knows', webSearches: 1 }), 10_000);
  });

  it('cost what the price of the operator says, and in USD what is usual if it does not', () => {
    const own = ownPrice('m', flat(0));
    assert.equal(costOf(bookWith(own), { model: 'm', webSearches: 2 }), 20_000);
    const said = { ...own, data: { ...own.data, webSearchMicros: 7 } };
    assert.equal(costOf(bookWith(said), { model: 'm', webSearches: 2 }), 14);
  });

  it('are refused in another currency while nobody has priced them', () => {
    const book = bookWith(ownPrice('m', flat(1_000_000)));
    book.useCurrency('EUR');
    assert.equal(costOf(book, { model: 'm', inputTokens: 1 }), 1);
    assert.equal(rated(book, { model: 'm', webSearches: 1 }), 'pricesMissing');
  });

  it('cost less and less exactly: a sum past 2^53 is rounded once', () => {
    const some = { model: 'm', webSearches: 900_719_925_474, batch: 1 };
    assert.equal(costOf(bookWith(ownPrice('m', flat(0))), some), 9_007_199_254_740_000);
  });
});

describe('a reported cost of 0 beside usage', () => {
  for (const [model, rating] of [
    ['claude-opus-5', 'pricedOverZero'],
    ['nobody-knows', 'unpricedOverZero'],
  ] as const) {
    it(`of ${model} is ${rating}`, () => {
      const result: Rated = { costMicros: 0, rating: 0, priceVersion: '' };
      assert.equal(rate(bookWith(), usage({ model, inputTokens: 10, outputTokens: 10 }), true, result), undefined);
      assert.equal(ratings[result.rating], rating);
      assert.ok(result.costMicros > 0);
    });
  }
});

describe('rounding', () => {
  for (const [micros, tokens, batch, cost] of [
    [500_000, 1, 0, 0],
    [500_000, 3, 0, 2],
    [500_000, 5, 0, 2],
    [500_000, 7, 0, 4],
    [499_999, 1, 0, 0],
    [500_001, 1, 0, 1],
    [1_000_000, 1, 1, 0],
    [1_000_000, 3, 1, 2],
    [1_000_000, 5, 1, 2],
    // Halved before it is rounded: 1.5 micros would be 2, and half of that 1; half of 1.5 is 0.75.
    [1_500_000, 1, 1, 1],
    // 0.5 micros would be 0; a quarter is, too. 2.5 would be 2 and then 1; 1.25 is 1.
    [2_500_000, 1, 1, 1],
    // 3.5 would be 4 and then 2; 1.75 is 2. 4.5 would be 4, then 2; 2.25 is 2. 5.5 would be 6, then 3; 2.75 is 3.
    [5_500_000, 1, 1, 3],
    [999_999, 1, 1, 0],
    [1_000_001, 1, 1, 1],
  ] as const) {
    it(`${String(tokens)} tokens at ${String(micros)} a million${batch ? ', batch' : ''}: ${String(cost)}`, () => {
      assert.equal(costOf(bookWith(ownPrice('m', flat(micros))), { model: 'm', inputTokens: tokens, batch }), cost);
    });
  }

  it('rounds the sum, not its parts', () => {
    const book = bookWith(ownPrice('m', flat(400_000)));
    const each = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 1, cacheWrite5mTokens: 1, cacheWrite1hTokens: 1 };
    assert.equal(costOf(book, { model: 'm', ...each }), 2);
    assert.equal(costOf(book, { model: 'm', ...each, batch: 1 }), 1);
  });

  it('loses no micro where the sum passes 2^53', () => {
    // 9,007,199,256,500,001 is no double: the nearest one is a tie and would round down.
    const outputTokens = Number(9_007_199_256_500_001n - BigInt(maxMicros));
    const book = bookWith(ownPrice('m', flat(1)));
    assert.equal(costOf(book, { model: 'm', inputTokens: maxMicros, outputTokens }), 9_007_199_257);
  });

  it('reaches 2^53 - 1 micros and refuses one more', () => {
    const book = bookWith(ownPrice('m', flat(1_000_000)));
    assert.equal(costOf(book, { model: 'm', inputTokens: maxMicros }), maxMicros);
    assert.equal(rated(book, { model: 'm', inputTokens: maxMicros, outputTokens: 1 }), 'costOutOfRange');
    assert.equal(costOf(book, { model: 'm', inputTokens: maxMicros, outputTokens: maxMicros, batch: 1 }), maxMicros);
  });
});

/** Naturals of every magnitude. */
const natural = fc.tuple(fc.integer({ min: 0, max: 53 }), fc.maxSafeNat()).map(([bits, n]) => n % 2 ** bits);
const pricesLike = (price: fc.Arbitrary<number>): fc.Arbitrary<TokenPrices> =>
  fc.record({
    inputMicros: price,
    cacheWrite5mMicros: price,
    cacheWrite1hMicros: price,
    cacheReadMicros: price,
    outputMicros: price,
  });
const anyPrices = pricesLike(natural);
const anyTiers: fc.Arbitrary<PriceTiers> = fc
  .uniqueArray(fc.record({ abovePromptTokens: natural, prices: anyPrices }), {
    maxLength: 3,
    selector: (tier) => tier.abovePromptTokens,
  })
  .map((tiers) => tiers.toSorted((a, b) => a.abovePromptTokens - b.abovePromptTokens));
const tokensLike = (tokens: fc.Arbitrary<number>): fc.Arbitrary<Usage> =>
  fc.record({
    model: fc.constant('m'),
    occurredAtMs: fc.constant(october),
    batch: fc.constantFrom(0, 1),
    inputTokens: tokens,
    outputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWrite5mTokens: tokens,
    cacheWrite1hTokens: tokens,
    fast: fc.constant(0),
    webSearches: fc.constant(0),
  });

describe('rate', () => {
  it('is what exact arithmetic says, or out of range', () => {
    const everyday = fc.nat(2_000_000);
    fc.assert(
      fc.property(fc.oneof(tokensLike(natural), tokensLike(everyday)), anyPrices, anyTiers, (some, prices, tiers) => {
        const judge = plainRate(some, prices, tiers);
        const result = rated(bookWith(ownPrice('m', prices, tiers)), some);
        const exact = { costMicros: Number(judge), rating: ratings.indexOf('priced'), priceVersion: 'own:m@always#1' };
        assert.deepEqual(result, judge > BigInt(maxMicros) ? 'costOutOfRange' : exact);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never makes more usage cheaper under a flat price', () => {
    fc.assert(
      fc.property(tokensLike(fc.nat(10 ** 7)), fc.nat(10 ** 7), pricesLike(fc.nat(10 ** 8)), (some, more, prices) => {
        const book = bookWith(ownPrice('m', prices));
        assert.ok(costOf(book, { ...some, inputTokens: some.inputTokens + more }) >= costOf(book, some));
      }),
    );
  });
});
