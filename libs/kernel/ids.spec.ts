import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idFault, isPlainId, normaliseId } from './ids.js';

const anyText = fc.string({ unit: 'binary', maxLength: 20 });
const decide = (text: string) => idFault(normaliseId(text)) ?? normaliseId(text);

describe('a new id', () => {
  const same: readonly string[] = [
    'team-a',
    'Team A',
    'growth',
    'Größe',
    '営業部',
    'команда',
    'a~!',
    '🦊',
    'ﬁ',
    'a  b',
  ];
  for (const text of same) {
    it(`is taken as it is: ${text}`, () => {
      assert.equal(decide(text), text);
    });
  }

  const composed: readonly (readonly [string, string])[] = [
    ['caf\u0065\u0301', 'caf\u00e9'],
    ['A\u030a', '\u00c5'],
    ['\u212a', 'K'],
    ['\u1112\u1161\u11ab', '\ud55c'],
  ];
  for (const [sent, stored] of composed) {
    it(`is composed: ${stored}`, () => {
      assert.equal(decide(sent), stored);
    });
  }

  const refused: readonly (readonly [what: string, text: string, fault: string])[] = [
    ['nothing', '', 'empty'],
    ['256 characters', 'x'.repeat(256), 'tooLong'],
    ['more than 255 characters once it is composed', '\u0958'.repeat(128), 'tooLong'],
    ['a space at the end', 'team-a ', 'outerBlank'],
    ['a space at the front', ' team-a', 'outerBlank'],
    ['a no-break space at the end', 'team-a\u00a0', 'outerBlank'],
    ['an ideographic space at the front', '\u3000team-a', 'outerBlank'],
    ['a blank of braille at the end', 'team-a\u2800', 'outerBlank'],
    ['a space alone', ' ', 'outerBlank'],
    ['a tab', 'team\ta', 'controlCharacter'],
    ['a new line at the end', 'team-a\n', 'controlCharacter'],
    ['a C1 control character', 'team\u0085a', 'controlCharacter'],
    ['half a pair', 'team\ud800', 'loneSurrogate'],
    ['a zero-width space', 'team\u200b-a', 'invisibleCharacter'],
    ['a zero-width joiner', 'team\u200d-a', 'invisibleCharacter'],
    ['a joined emoji', '👩\u200d💻', 'invisibleCharacter'],
    ['an emoji with a variation selector', '❤\ufe0f', 'invisibleCharacter'],
    ['a byte order mark at the front', '\ufeffteam-a', 'invisibleCharacter'],
    ['a soft hyphen', 'team\u00ada', 'invisibleCharacter'],
    ['a mark of direction', 'team\u202ea', 'invisibleCharacter'],
    ['a word joiner at the end', 'team-a\u2060', 'invisibleCharacter'],
    ['a Hangul filler', 'team\u3164a', 'invisibleCharacter'],
    ['a combining grapheme joiner', 'e\u034f\u0301', 'invisibleCharacter'],
    ['a tag', 'team-a\u{e0041}', 'invisibleCharacter'],
    ['a no-break space inside', 'team\u00a0a', 'invisibleCharacter'],
    ['a line separator inside', 'team\u2028a', 'invisibleCharacter'],
  ];
  for (const [what, text, fault] of refused) {
    it(`is refused with ${what}`, () => {
      assert.equal(decide(text), fault);
    });
  }

  it('is normalised once and for all, and what is plain ASCII is left alone', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const normalised = normaliseId(text);
        assert.equal(normaliseId(normalised), normalised);
        if (isPlainId(text)) assert.equal(normalised, text);
        if (idFault(normalised) === undefined) {
          assert.equal(normalised, normalised.trim().normalize('NFC'));
          assert.doesNotMatch(normalised, /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u);
        }
      }),
    );
  });

  it('looks like no other one of the same letters: what is accepted differs in what shows', () => {
    const unseen = fc.constantFrom(' ', '\u00a0', '\u200b', '\u200d', '\ufeff', '\u00ad', '\ufe0f', '\u2800', '\u3164');
    fc.assert(
      fc.property(unseen, fc.constantFrom('eng', 'é', '営業'), fc.boolean(), (one, id, atFront) => {
        assert.notEqual(idFault(normaliseId(atFront ? one + id : id + one)), undefined);
      }),
    );
  });
});
