import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chosenFrom, type Dated, valueOn } from './dated.js';

type Choices = readonly (readonly [from: string, value: string])[];

const setting = (choices: Choices): Dated<string> =>
  choices.reduce<Dated<string>>((dated, [from, value]) => chosenFrom(dated, from, value), {
    initially: 'none',
    choices: [],
  });

const day = fc.integer({ min: 1, max: 9 }).map((n) => `2026-11-0${String(n)}`);
const anyChoices = fc.array(fc.tuple(day, fc.constantFrom('none', 'a', 'b')), { maxLength: 10 });

describe('a dated setting', () => {
  const table = [
    ['2026-11-01', 'none'],
    ['2026-11-02', 'a'],
    ['2026-11-03', 'a'],
    ['2026-11-04', 'c'],
    ['2026-11-06', 'b'],
  ] as const;
  for (const [on, value] of table) {
    it(`given a from the 2nd, b from the 6th and afterwards c from the 4th, is ${value} on ${on}`, () => {
      assert.equal(
        valueOn(
          setting([
            ['2026-11-02', 'a'],
            ['2026-11-06', 'b'],
            ['2026-11-04', 'c'],
          ]),
          on,
        ),
        value,
      );
    });
  }

  it('replaces what was chosen from the same day', () => {
    assert.deepEqual(
      setting([
        ['2026-11-02', 'a'],
        ['2026-11-02', 'b'],
      ]).choices,
      [{ from: '2026-11-02', value: 'b' }],
    );
  });

  it('changes what holds from the chosen day until the next choice, and nothing else', () => {
    fc.assert(
      fc.property(anyChoices, day, fc.constantFrom('none', 'a', 'b'), day, (choices, from, value, on) => {
        const before = setting(choices);
        const after = chosenFrom(before, from, value);
        const next = before.choices.find((choice) => choice.from > from)?.from ?? '9999-12-31';
        assert.equal(valueOn(after, on), from <= on && on < next ? value : valueOn(before, on));
      }),
    );
  });

  it('is the same object exactly if nothing changes on any day', () => {
    fc.assert(
      fc.property(anyChoices, day, fc.constantFrom('none', 'a', 'b'), (choices, from, value) => {
        const before = setting(choices);
        assert.equal(chosenFrom(before, from, value) === before, valueOn(before, from) === value);
      }),
    );
  });
});
