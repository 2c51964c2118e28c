import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import { givenFor, refusal } from '#test/support/given.js';
import { priceBook } from './price-book.js';
import { pricesDecider, type PricesCommand, type PublishCommand } from './prices.js';

type PublishPrice = Extract<PublishCommand, { readonly type: 'PublishPrice' }>;
type PublishFallbackPrice = Extract<PublishCommand, { readonly type: 'PublishFallbackPrice' }>;
import { isPublication, pricesEvent, type PricesEvent, type TokenPrices } from './prices.events.js';

const meta: CommandMeta = { commandId: 'c', nowMs: 0, actor: 'apiKey:admin', reason: '' };
const tokenPrices: TokenPrices = {
  inputMicros: 3_000_000,
  cacheWrite5mMicros: 3_750_000,
  cacheWrite1hMicros: 6_000_000,
  cacheReadMicros: 300_000,
  outputMicros: 15_000_000,
};
const from = '2026-06-01T00:00:00.000Z';
const publish = (some: Partial<PublishPrice['data']> = {}): PublishPrice => ({
  type: 'PublishPrice',
  data: { model: 'our-model', from, prices: tokenPrices, ...some },
  meta,
});
const publishFallback = (some: Partial<PublishFallbackPrice['data']> = {}): PublishFallbackPrice => ({
  type: 'PublishFallbackPrice',
  data: { from, prices: tokenPrices, ...some },
  meta,
});
type Published = PublishPrice['data'];
const published = (priceVersion: string, some: Partial<Published> = {}): PricesEvent => ({
  type: 'PricePublished',
  data: { model: 'our-model', from, priceVersion, prices: tokenPrices, ...some },
});
const fallbackPublished = (priceVersion: string, some: Partial<Published> = {}): PricesEvent => ({
  type: 'FallbackPricePublished',
  data: { from, priceVersion, prices: tokenPrices, ...some },
});
const given = givenFor(pricesDecider);

describe('publishing a price', () => {
  it('says the version it made, and names model and instant in one spelling', () => {
    given([])
      .when(publish({ model: ' Our-Model[1m]', from: '2026-06-01T02:00:00+02:00' }))
      .then([published(`own:our-model@${from}#1`)]);
  });

  it('keeps the date of a model: another date may cost something else', () => {
    given([])
      .when(publish({ model: 'Our-Model@20260501' }))
      .then([published(`own:our-model-20260501@${from}#1`, { model: 'our-model-20260501' })]);
  });

  it('may be for always, and for the fallback', () => {
    given([])
      .when(publish({ from: null }))
      .then([published('own:our-model@always#1', { from: null })])
      .when(publishFallback({ from: null }))
      .then([fallbackPublished('own:fallback@always#2', { from: null })]);
  });

  it('does nothing a second time', () => {
    const tiers = [{ abovePromptTokens: 100_000, prices: tokenPrices }];
    const first = published(`own:our-model@${from}#1`);
    const table: readonly [when: PricesCommand, then: PricesEvent, again: PricesCommand][] = [
      [publish(), first, publish()],
      [publish(), first, publish({ tiers: [] })],
      [publish({ tiers }), published(`own:our-model@${from}#1`, { tiers }), publish({ tiers })],
      [publishFallback(), fallbackPublished(`own:fallback@${from}#1`), publishFallback()],
    ];
    for (const [when, then, again] of table) given([]).when(when).then([then]).when(again).then([]);
  });

  it('compares with what stands, not with what once stood', () => {
    const dearer = { prices: { ...tokenPrices, outputMicros: 20_000_000 } };
    given([])
      .when(publish())
      .then([published(`own:our-model@${from}#1`)])
      .when(publish(dearer))
      .then([published(`own:our-model@${from}#2`, dearer)])
      .when(publish())
      .then([published(`own:our-model@${from}#3`)]);
  });

  for (const [why, command] of [
    ['no model', publish({ model: '' })],
    ['a model that is only a mark', publish({ model: '[1m]' })],
    ['a time without a zone', publish({ from: '2026-06-01T00:00:00' })],
    ['a date that does not exist', publish({ from: '2026-02-30T00:00:00Z' })],
    ['a negative price', publish({ prices: { ...tokenPrices, inputMicros: -1 } })],
    ['a fraction of a micro', publish({ prices: { ...tokenPrices, inputMicros: 0.5 } })],
    ['NaN', publish({ prices: { ...tokenPrices, inputMicros: NaN } })],
    ['Infinity', publish({ prices: { ...tokenPrices, inputMicros: Infinity } })],
    ['a price past 2^53 - 1', publish({ prices: { ...tokenPrices, inputMicros: 2 ** 53 } })],
    [
      'the same tier twice',
      publish({ tiers: [1, 1].map((abovePromptTokens) => ({ abovePromptTokens, prices: tokenPrices })) }),
    ],
    [
      'tiers that go down',
      publish({ tiers: [2, 1].map((abovePromptTokens) => ({ abovePromptTokens, prices: tokenPrices })) }),
    ],
    ['a fallback that is free', publishFallback({ prices: { ...tokenPrices, cacheReadMicros: 0 } })],
  ] as const) {
    it(`refuses ${why}`, () => {
      given([]).when(command).then(refusal('invalidValue'));
    });
  }

  for (const factor of [0, -1, 0.00001, 1.00005, 100.0001, 101, NaN, Infinity]) {
    it(`refuses the factor ${String(factor)} of an alias by the name it was given`, () => {
      const data = { alias: 'us.*', model: null, factor, from: null };
      given([])
        .when({ type: 'PublishPriceAlias', data, meta })
        .then(refusal('invalidValue', /^factor must be above 0 and at most 100, with at most four decimal places$/));
    });
  }

  for (const factor of [0.0001, 100]) {
    it(`takes the factor ${String(factor)} of an alias`, () => {
      const data = { alias: 'us.*', model: null, factor, from: null };
      const factorBasisPoints = Math.round(factor * 10_000);
      const published = { alias: 'us.*', model: null, factorBasisPoints, from: null, priceVersion: 'alias#1' };
      given([])
        .when({ type: 'PublishPriceAlias', data, meta })
        .then([{ type: 'PriceAliasPublished', data: published }]);
    });
  }

  it('lets a model of the house be free', () => {
    const free = { inputMicros: 0, cacheWrite5mMicros: 0, cacheWrite1hMicros: 0, cacheReadMicros: 0, outputMicros: 0 };
    given([])
      .when(publish({ prices: free }))
      .then([published(`own:our-model@${from}#1`, { prices: free })]);
  });
});

describe('any publications', () => {
  const anyCommand = fc
    .record({
      model: fc.constantFrom('a', 'b', 'A-20260101', null),
      from: fc.constantFrom(null, from, '2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z'),
      output: fc.constantFrom(1, 2),
    })
    .map(({ model, output, ...rest }): PublishPrice | PublishFallbackPrice => {
      const prices = { ...tokenPrices, outputMicros: output };
      return model === null ? publishFallback({ ...rest, prices }) : publish({ ...rest, model, prices });
    });

  it('have versions of their own, keep to the schema, and end with the last word in the book', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { minLength: 1, maxLength: 12 }), (commands) => {
        let prices = given([]);
        for (const command of commands) {
          const { outcome } = prices.when(command);
          assert.ok(!isRefusal(outcome));
          prices = prices.and(outcome);
        }
        const { events } = prices;
        const published = events.filter(isPublication);
        assert.equal(new Set(published.map(({ data }) => data.priceVersion)).size, events.length);
        const book = priceBook();
        for (const event of events) {
          assert.deepEqual(pricesEvent.parse(JSON.parse(JSON.stringify(event))), event);
          book.apply(event);
        }
        const last = commands[commands.length - 1];
        const at = last.data.from === null ? -Infinity : Date.parse(last.data.from);
        const stands = last.type === 'PublishPrice' ? book.lookup(last.data.model, at) : book.fallback(at);
        assert.deepEqual(stands?.prices, last.data.prices);
      }),
    );
  });
});
