import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatInstant } from '#kernel/instants.js';
import { builtInPrices } from './built-in-prices.js';
import { exactModel } from './model-name.js';
import { priceBook, type PriceBook } from './price-book.js';
import type { PricePublication, TokenPrices } from './prices.events.js';
import { priceList } from './price-list.js';

const prices: TokenPrices = {
  inputMicros: 1,
  cacheWrite5mMicros: 2,
  cacheWrite1hMicros: 3,
  cacheReadMicros: 4,
  outputMicros: 5,
};
const ms = (text: string): number => Date.parse(text);
const own = (model: string | null, from: string | null, priceVersion: string): PricePublication =>
  model === null
    ? { type: 'FallbackPricePublished', data: { from, priceVersion, prices } }
    : { type: 'PricePublished', data: { model, from, priceVersion, prices } };
const bookWith = (...events: PricePublication[]): PriceBook => {
  const book = priceBook();
  for (const event of events) book.apply(event);
  return book;
};
const june = '2026-06-01T00:00:00.000Z';
const july = '2026-07-01T00:00:00.000Z';

describe('an own price', () => {
  it('overrides the built-in one from its beginning on', () => {
    const book = bookWith(own('claude-opus-5', june, 'own#1'));
    assert.equal(book.lookup('claude-opus-5', ms(june) - 1)?.priceVersion, 'builtIn:claude-opus-5@always');
    assert.equal(book.lookup('claude-opus-5', ms(june))?.priceVersion, 'own#1');
    assert.equal(book.lookup('claude-opus-5-20260401[1m]', ms(july))?.priceVersion, 'own#1');
    assert.equal(book.lookup('claude-opus-4-8', ms(july))?.priceVersion, 'builtIn:claude-opus-4-8@always');
  });

  it('also hides built-in prices that begin after it', () => {
    const book = bookWith(own('claude-sonnet-5-5', '2026-10-01T00:00:00.000Z', 'own#1'));
    assert.equal(
      book.lookup('claude-sonnet-5-5', ms('2026-09-30'))?.priceVersion,
      'builtIn:claude-sonnet-5-5@2026-09-28',
    );
    assert.equal(book.lookup('claude-sonnet-5-5', ms('2026-10-20'))?.priceVersion, 'own#1');
  });

  it('holds until the next one, in whatever order they are published', () => {
    const book = bookWith(own('m', july, 'later'), own('m', null, 'always'), own('m', june, 'earlier'));
    assert.equal(book.lookup('m', ms(june) - 1)?.priceVersion, 'always');
    assert.equal(book.lookup('m', ms(july) - 1)?.priceVersion, 'earlier');
    assert.equal(book.lookup('m', ms(july))?.priceVersion, 'later');
  });

  it('gives way to a later publication for the same instant', () => {
    const book = bookWith(own('m', june, 'first'), own('m', june, 'second'));
    assert.equal(book.lookup('m', ms(june))?.priceVersion, 'second');
  });

  it('is seen by a book that was asked before', () => {
    const book = priceBook();
    assert.equal(book.lookup('m', ms(june)), undefined);
    book.apply(own('m', null, 'own#1'));
    assert.equal(book.lookup('m', ms(june))?.priceVersion, 'own#1');
    assert.equal(book.published, 1);
  });
});

describe('the fallback', () => {
  it('is dated like any price', () => {
    const book = bookWith(own(null, june, 'own#1'));
    assert.equal(book.fallback(ms(june) - 1)?.priceVersion, 'builtIn:fallback@always');
    assert.equal(book.fallback(ms(june))?.priceVersion, 'own#1');
  });

  it('is no model, and no model is the fallback', () => {
    const book = bookWith(own('fallback', null, 'own#1'));
    assert.equal(book.fallback(ms(june))?.priceVersion, 'builtIn:fallback@always');
    assert.equal(book.lookup('', ms(june)), undefined);
  });
});

describe('another currency', () => {
  it('turns the built-in prices off and leaves the own ones', () => {
    const book = bookWith(own('m', null, 'own#1'));
    book.useCurrency('EUR');
    assert.equal(book.lookup('claude-opus-5', ms(june)), undefined);
    assert.equal(book.fallback(ms(june)), undefined);
    assert.equal(book.lookup('m', ms(june))?.priceVersion, 'own#1');
    book.useCurrency('USD');
    assert.equal(book.lookup('claude-opus-5', ms(june))?.priceVersion, 'builtIn:claude-opus-5@always');
  });
});

const models = ['claude-opus-5', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'm', null];
const instants = fc.constantFrom(
  null,
  ...['2026-06-01', '2026-09-28', '2026-10-01', '2026-10-07'].map((day) => formatInstant(ms(day))),
);
const publications = fc
  .array(fc.tuple(fc.constantFrom(...models), instants), { maxLength: 8 })
  .map((some) => some.map(([model, from], n) => own(model, from, `own#${String(n)}`)));
const someInstant = fc.integer({ min: ms('2026-05-01'), max: ms('2026-11-01') });

describe('the book', () => {
  it('finds what a plain search finds: the last own price begun, else the last built-in one', () => {
    const begins = (from: string | null): number => (from === null ? -Infinity : ms(from));
    fc.assert(
      fc.property(
        publications,
        fc.constantFrom('claude-opus-5', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'm'),
        someInstant,
        (events, model, at) => {
          const begun = events
            .filter(
              (event) => event.type === 'PricePublished' && event.data.model === model && begins(event.data.from) <= at,
            )
            .toSorted((a, b) =>
              begins(a.data.from) === begins(b.data.from) ? 0 : begins(a.data.from) < begins(b.data.from) ? -1 : 1,
            );
          const listed = builtInPrices.filter(
            (price) => price.model === model && (price.from === 'always' || ms(price.from) <= at),
          );
          const expected =
            begun.at(-1)?.data.priceVersion ?? listed.map(({ from }) => `builtIn:${model}@${from}`).at(-1);
          assert.equal(bookWith(...events).lookup(model, at)?.priceVersion, expected);
        },
      ),
    );
  });

  it('is the same from a snapshot', () => {
    fc.assert(
      fc.property(publications, publications, fc.constantFrom('USD', 'EUR'), (before, after, currency) => {
        const lived = bookWith(...before);
        lived.useCurrency(currency);
        const restored = priceBook();
        restored.load(JSON.parse(JSON.stringify(lived.save())));
        for (const event of after) {
          lived.apply(event);
          restored.apply(event);
        }
        assert.deepEqual(priceList(restored), priceList(lived));
        assert.equal(restored.published, lived.published);
      }),
    );
  });

  it('keeps a snapshot apart from what comes later', () => {
    const book = bookWith(own('m', null, 'own#1'));
    const saved = book.save();
    const then = JSON.stringify(saved);
    book.apply(own('m', june, 'own#2'));
    assert.equal(JSON.stringify(saved), then);
  });

  it('refuses a damaged snapshot', () => {
    assert.throws(() => {
      priceBook().load({ currency: 'USD', events: [{ type: 'PricePublished', data: {} }] });
    });
  });
});

describe('the price list', () => {
  it('shows a price until the next begins, and what it replaced', () => {
    const book = bookWith(own('claude-opus-5', june, 'own#1'), own('claude-opus-5', june, 'own#2'));
    const shown = priceList(book).filter(({ model }) => model === 'claude-opus-5');
    assert.deepEqual(
      shown.map(({ priceVersion, origin, from, until, replaced }) => ({ priceVersion, origin, from, until, replaced })),
      [
        { priceVersion: 'builtIn:claude-opus-5@always', origin: 'builtIn', from: null, until: june, replaced: false },
        { priceVersion: 'own#1', origin: 'own', from: june, until: null, replaced: true },
        { priceVersion: 'own#2', origin: 'own', from: june, until: null, replaced: false },
      ],
    );
  });

  it('begins with the fallback and goes by model', () => {
    const names = priceList(priceBook()).map(({ model }) => model ?? '');
    assert.equal(names[0], '');
    assert.deepEqual(names, names.toSorted());
  });

  it('says what the book would answer', () => {
    fc.assert(
      fc.property(publications, someInstant, (events, at) => {
        const book = bookWith(...events);
        const inForce = priceList(book).filter(
          ({ from, until, replaced }) =>
            !replaced && (from === null || ms(from) <= at) && (until === null || at < ms(until)),
        );
        for (const model of models) {
          const answer = model === null ? book.fallback(at) : book.lookup(model, at);
          assert.deepEqual(
            inForce.filter((price) => price.model === model).map(({ priceVersion }) => priceVersion),
            answer === undefined ? [] : [answer.priceVersion],
          );
        }
      }),
    );
  });

  it('names models as the book looks them up', () => {
    for (const { model } of builtInPrices) assert.equal(exactModel(model ?? ''), model ?? '');
  });
});
