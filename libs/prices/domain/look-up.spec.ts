import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runs } from '#test/support/runs.js';
import { latestEdition } from './built-in-prices.js';
import { priceBook, type PriceBook } from './price-book.js';
import type { PricesEvent, TokenPrices } from './prices.events.js';
import { rate, type Rated } from './rating.js';

const atMs = Date.UTC(2026, 10, 20);
const prices = (inputMicros: number): TokenPrices => ({
  inputMicros,
  cacheWrite5mMicros: 1,
  cacheWrite1hMicros: 1,
  cacheReadMicros: 1,
  outputMicros: 1,
});
const own = (model: string, inputMicros: number, from: string | null = null): PricesEvent => ({
  type: 'PricePublished',
  data: { model, from, priceVersion: `own:${model}@${from ?? 'always'}`, prices: prices(inputMicros) },
});
let aliases = 0;
const alias = (
  text: string,
  model: string | null,
  factorBasisPoints = 10_000,
  from: string | null = null,
): PricesEvent => ({
  type: 'PriceAliasPublished',
  data: { alias: text, model, factorBasisPoints, from, priceVersion: `alias#${String(++aliases)}` },
});
const bookWith = (...events: PricesEvent[]): PriceBook => {
  const book = priceBook();
  for (const event of [{ type: 'BuiltInPricesAdopted' as const, data: { edition: latestEdition } }, ...events]) {
    book.apply(event);
  }
  return book;
};
/** What a hundred thousand input tokens cost, times ten: micros for a million, below every tier. */
const perMillion = (book: PriceBook, model: string, occurredAtMs = atMs): number => {
  const rated: Rated = { costMicros: 0, rating: 0, priceVersion: '' };
  const none = { outputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, webSearches: 0 };
  const usage = { model, occurredAtMs, batch: 0, fast: 0, inputTokens: 100_000, ...none };
  assert.equal(rate(book, usage, false, rated), undefined);
  return rated.costMicros * 10;
};

describe('the look-up of a price', () => {
  it('keeps dated models apart, and gives the others the undated price', () => {
    const book = bookWith(own('gpt-4o', 2_500_000), own('gpt-4o-2024-05-13', 5_000_000));
    assert.deepEqual(
      ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-05-13'].map((model) => perMillion(book, model)),
      [2_500_000, 2_500_000, 5_000_000],
    );
  });

  it('is the same in whatever order they were published', () => {
    const book = bookWith(own('gpt-4o-2024-05-13', 5_000_000), own('gpt-4o', 2_500_000));
    assert.deepEqual(
      ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-05-13'].map((model) => perMillion(book, model)),
      [2_500_000, 2_500_000, 5_000_000],
    );
  });

  it('takes the latest dated price for an undated id that has none, and no other date for a date', () => {
    const book = bookWith(own('gpt-4o-20240806', 4_000_000), own('gpt-4o-2024-05-13', 5_000_000));
    assert.equal(perMillion(book, 'gpt-4o'), 4_000_000);
    assert.equal(perMillion(book, 'GPT-4o[1m]'), 4_000_000);
    assert.equal(book.lookup('gpt-4o-2024-11-20', atMs), undefined);
  });

  it('keeps the dated price in force until a later dated one begins', () => {
    const june = '2026-06-01T00:00:00.000Z';
    const book = bookWith(own('gpt-4o-2024-05-13', 5_000_000), own('gpt-4o-2024-08-06', 4_000_000, june));
    assert.equal(perMillion(book, 'gpt-4o', Date.parse(june) - 1), 5_000_000);
    assert.equal(perMillion(book, 'gpt-4o', Date.parse(june)), 4_000_000);
  });

  it('takes one of two spellings of a day, in whatever order they were published', () => {
    const spellings = [own('gpt-4o-20240513', 4_000_000), own('gpt-4o-2024-05-13', 5_000_000)];
    assert.equal(
      perMillion(bookWith(...spellings), 'gpt-4o'),
      perMillion(bookWith(...spellings.toReversed()), 'gpt-4o'),
    );
  });

  // Each row says what one more line in the order costs; the first of them wins.
  const order: readonly (readonly [string, PricesEvent])[] = [
    ['the exact id', own('claude-opus-5-20260901', 10)],
    ['an alias', alias('claude-opus-5-20260901', 'm')],
    ['the longer pattern', alias('claude-opus-5-2026*', 'n')],
    ['the shorter pattern', alias('claude-*', 'o')],
    ['the undated id', own('claude-opus-5', 50)],
  ];
  const targets = [own('m', 20), own('n', 30), own('o', 40)];
  order.forEach(([what], place) => {
    it(`finds ${what} before what comes after it`, () => {
      const book = bookWith(...targets, ...order.slice(place).map(([, event]) => event));
      assert.equal(perMillion(book, 'claude-opus-5@20260901'), (place + 1) * 10);
    });
  });
  it('comes to the built-in price last', () => {
    assert.equal(perMillion(bookWith(...targets), 'claude-opus-5@20260901'), 5_000_000);
  });

  it('goes on where a price has not begun', () => {
    const june = '2026-06-01T00:00:00.000Z';
    const book = bookWith(own('claude-opus-5-20260401', 70, june), own('claude-opus-5', 90, june));
    assert.equal(perMillion(book, 'claude-opus-5-20260401', Date.parse(june) - 1), 5_000_000);
    assert.equal(perMillion(book, 'claude-opus-5-20260401', Date.parse(june)), 70);
  });
});

describe('an alias', () => {
  const sonnet = 3_000_000;
  const cases: readonly (readonly [string, PricesEvent, string, number])[] = [
    ['of a cloud', alias('us.anthropic.*', null, 11_000), 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 3_300_000],
    ['with its ending', alias('eu.anthropic.*-v1:0', null), 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', sonnet],
    ['of a gateway', alias('anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5'), 'Anthropic/Claude-Sonnet-4.5', sonnet],
    ['of a deployment', alias('claude-sonnet-4-6@default', 'claude-sonnet-4-6'), 'claude-sonnet-4-6@default', sonnet],
    ['of many', alias('house-*', 'claude-sonnet-4-6', 5_000), 'house-sonnet-9', sonnet / 2],
  ];
  for (const [what, event, model, cost] of cases) {
    it(`${what} costs what its model costs, times its factor`, () => {
      assert.equal(perMillion(bookWith(), model), 10_000_000, 'unknown without the alias');
      assert.equal(perMillion(bookWith(event), model), cost);
    });
  }

  it('is dated as prices are', () => {
    const june = '2026-06-01T00:00:00.000Z';
    const book = bookWith(own('m', 100), alias('x', 'm'), alias('x', 'm', 20_000, june));
    assert.deepEqual(
      [-1, 0].map((ms) => perMillion(book, 'x', Date.parse(june) + ms)),
      [100, 200],
    );
  });

  it('gives way to a later publication for the same instant', () => {
    assert.equal(perMillion(bookWith(own('m', 100), alias('x', 'm', 20_000), alias('x', 'm', 30_000)), 'x'), 300);
  });

  it('leads to no alias, and a circle leads nowhere', () => {
    const book = bookWith(own('m', 100), alias('x', 'y'), alias('y', 'x'), alias('z', 'm'));
    assert.deepEqual(
      ['x', 'y'].map((model) => perMillion(book, model)),
      [10_000_000, 10_000_000],
    );
  });

  it('names itself and the price it leads to', () => {
    const event = alias('us.anthropic.*', null, 11_000);
    const version = bookWith(event).lookup('us.anthropic.claude-opus-5-v1:0', atMs);
    const name = event.type === 'PriceAliasPublished' ? event.data.priceVersion : '';
    assert.equal(version?.priceVersion, `${name}>builtIn:claude-opus-5@always#2`);
  });

  it('of an undated id is for that id alone: a pattern that fits a dated one stands before its undated id', () => {
    const targets = [own('m', 20), own('n', 30)];
    const undated = alias('acme-1', 'm');
    assert.equal(perMillion(bookWith(...targets, undated), 'acme-1'), 20);
    assert.equal(bookWith(...targets, undated).lookup('acme-1-2026-05-13', atMs), undefined);
    const book = bookWith(...targets, undated, alias('acme-*', 'n'), own('acme-1', 40));
    assert.equal(perMillion(book, 'acme-1-2026-05-13'), 30);
    assert.equal(perMillion(bookWith(...targets, undated, own('acme-1', 40)), 'acme-1-2026-05-13'), 40);
  });

  it('matches no record without a model', () => {
    assert.equal(bookWith(own('m', 1), alias('*', 'm')).lookup('', atMs), undefined);
  });
});

describe('the model that an id names', () => {
  const same = [
    'claude-sonnet-4-5',
    'claude-sonnet-4-5-20250929',
    'claude-sonnet-4-5@20250929',
    'claude-sonnet-4-5[1m]',
    'CLAUDE-SONNET-4-5',
    ' claude-sonnet-4-5 ',
  ];
  it('is one for all spellings of it', () => {
    const modelOf = bookWith().naming();
    assert.deepEqual([...new Set(same.map(modelOf))], ['claude-sonnet-4-5']);
  });

  it('is that of the price that is found in the end', () => {
    const modelOf = bookWith(
      own('gpt-4o', 1),
      own('gpt-4o-2024-05-13', 2),
      alias('us.anthropic.*', null, 11_000),
    ).naming();
    assert.deepEqual(
      ['gpt-4o-2024-08-06', 'gpt-4o-2024-05-13', 'us.anthropic.claude-opus-5-20260101-v1:0', 'new-2026-01-01', ''].map(
        modelOf,
      ),
      ['gpt-4o', 'gpt-4o-2024-05-13', 'claude-opus-5', 'new', ''],
    );
  });

  it('is the id itself where the name would lead to another model', () => {
    const dated = bookWith(own('zed-1-20250101', 1)).naming();
    assert.deepEqual(['zed-1', 'zed-1-20250301'].map(dated), ['zed-1-20250101', 'zed-1-20250301']);
    const chained = bookWith(alias('swap', 'claude-haiku-4-5'), alias('claude-haiku-4-5', 'claude-opus-5')).naming();
    assert.deepEqual(['swap', 'claude-haiku-4-5'].map(chained), ['swap', 'claude-opus-5']);
  });

  it('names itself, whatever is published', () => {
    const ids = ['m', 'm-20250101', 'm-20250301', 'n', 'n-20250101', 'claude-opus-5', 'claude-opus-5-20260101', 'x.m'];
    const events = fc.array(
      fc.oneof(
        fc.constantFrom(...ids).map((id) => own(id, 1)),
        fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)).map(([text, model]) => alias(text, model)),
        fc.constant(alias('x.*', null)),
      ),
    );
    fc.assert(
      fc.property(events, (published) => {
        const modelOf = bookWith(...published).naming();
        for (const id of ids) assert.equal(modelOf(modelOf(id)), modelOf(id));
      }),
      { numRuns: runs(200, 20_000) },
    );
  });

  it('stays as it was for an answer that has begun', () => {
    const book = bookWith(own('gpt-4o', 1));
    const before = book.naming();
    book.apply(own('gpt-4o-2024-05-13', 2));
    assert.equal(before('gpt-4o-2024-05-13'), 'gpt-4o');
    assert.equal(book.naming()('gpt-4o-2024-05-13'), 'gpt-4o-2024-05-13');
  });
});
