import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import { priceBook } from './price-book.js';
import {
  pricesDecider,
  type Prices,
  type PricesCommand,
  type PublishFallbackPrice,
  type PublishPrice,
} from './prices.js';
import { pricesEvent, type PricesEvent, type TokenPrices } from './prices.events.js';

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
const given = (events: readonly PricesEvent[]): Prices => events.reduce(pricesDecider.evolve, pricesDecider.initial);
const decided = (command: PricesCommand, prices: Prices = pricesDecider.initial): readonly PricesEvent[] => {
  const events = pricesDecider.decide(command, prices);
  return isRefusal(events) ? assert.fail(events.detail) : events;
};
/** Decides one command after the other, and gives back all that happened. */
const happened = (...commands: readonly PricesCommand[]): readonly PricesEvent[] => {
  const events: PricesEvent[] = [];
  for (const command of commands) events.push(...decided(command, given(events)));
  return events;
};

describe('publishing a price', () => {
  it('says the version it made, and names model and instant in one spelling', () => {
    assert.deepEqual(decided(publish({ model: 'Our-Model-20260501[1m]', from: '2026-06-01T02:00:00+02:00' })), [
      {
        type: 'PricePublished',
        data: { model: 'our-model', from, priceVersion: `own:our-model@${from}#1`, prices: tokenPrices },
      },
    ]);
  });

  it('may be for always, and for the fallback', () => {
    assert.deepEqual(
      happened(publish({ from: null }), publishFallback({ from: null })).map(({ data }) => data.priceVersion),
      ['own:our-model@always#1', 'own:fallback@always#2'],
    );
  });

  it('does nothing a second time', () => {
    const tiers = [{ abovePromptTokens: 100_000, prices: tokenPrices }];
    for (const command of [publish(), publish({ tiers }), publishFallback()]) {
      const events = decided(command);
      assert.equal(events.length, 1);
      assert.deepEqual(decided(command, given(events)), []);
    }
    assert.deepEqual(happened(publish(), publish({ tiers: [] })).length, 1);
  });

  it('compares with what stands, not with what once stood', () => {
    const dearer = { ...tokenPrices, outputMicros: 20_000_000 };
    const versions = happened(publish(), publish({ prices: dearer }), publish()).map(({ data }) => data.priceVersion);
    assert.deepEqual(
      versions,
      [1, 2, 3].map((n) => `own:our-model@${from}#${String(n)}`),
    );
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
      const answer = pricesDecider.decide(command, pricesDecider.initial);
      assert.ok(isRefusal(answer));
      assert.equal(answer.code, 'invalidValue');
    });
  }

  it('lets a model of the house be free', () => {
    const free = { inputMicros: 0, cacheWrite5mMicros: 0, cacheWrite1hMicros: 0, cacheReadMicros: 0, outputMicros: 0 };
    assert.equal(decided(publish({ prices: free })).length, 1);
  });
});

describe('any publications', () => {
  const anyCommand = fc
    .record({
      model: fc.constantFrom('a', 'b', 'A-20260101', null),
      from: fc.constantFrom(null, from, '2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z'),
      output: fc.constantFrom(1, 2),
    })
    .map(({ model, output, ...rest }): PricesCommand => {
      const prices = { ...tokenPrices, outputMicros: output };
      return model === null ? publishFallback({ ...rest, prices }) : publish({ ...rest, model, prices });
    });

  it('have versions of their own, keep to the schema, and end with the last word in the book', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { minLength: 1, maxLength: 12 }), (commands) => {
        const events = happened(...commands);
        assert.equal(new Set(events.map(({ data }) => data.priceVersion)).size, events.length);
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
