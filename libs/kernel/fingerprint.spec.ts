import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fingerprint, fingerprintWords, finish, mix } from './fingerprint.js';

const of = (text: string, seed = 1): Uint32Array => {
  const out = new Uint32Array(fingerprintWords);
  fingerprint(text, seed, out, 0);
  return out;
};

/** Any two of its three words, cut to 53 bits: 100,000 texts meet there with a probability of 10^-6. */
const wordPairs = [
  [0, 1],
  [1, 2],
  [2, 0],
] as const;

const meetings = (count: number, write: (number: number, out: Uint32Array, at: number) => void): number => {
  const words = new Uint32Array(count * fingerprintWords);
  for (let number = 0; number < count; number++) write(number, words, number * fingerprintWords);
  let found = 0;
  for (const [high, low] of wordPairs) {
    const cut = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const at = i * fingerprintWords;
      cut[i] = words[at + high] * 2 ** 21 + (words[at + low] >>> 11);
    }
    cut.sort();
    for (let i = 1; i < count; i++) if (cut[i] === cut[i - 1]) found++;
  }
  return found;
};

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

describe('a fingerprint', () => {
  it('is the same on every machine and in every version: it is stored', () => {
    const stored: readonly (readonly [string, ...number[]])[] = [
      ['', 0x98067035, 0x870d5f20, 0x4a30b066],
      ['a', 0xabba8426, 0x08e726df, 0x7a0fd8b5],
      ['req_000001', 0x5bd4b57e, 0x2f215f10, 0x3ad2d76a],
      ['req_000002', 0xb96167c1, 0xda3d3a12, 0x72e4227c],
      ['0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', 0xb903098a, 0x36402a82, 0x754f9a53],
      ['größe €', 0x64bcfa75, 0xb0008f57, 0x48637e66],
    ];
    for (const [text, ...words] of stored) assert.deepEqual([...of(text)], words);
  });

  it('is written where it is asked to, and nowhere else', () => {
    const out = new Uint32Array(9);
    fingerprint('a', 1, out, 3);
    assert.deepEqual(out, Uint32Array.of(0, 0, 0, ...of('a'), 0, 0, 0));
  });

  it('depends on the characters, not on how the engine holds the text', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0xffff })), fc.nat(), (units, cut) => {
        const text = String.fromCharCode(...units);
        const joined = [text.slice(0, cut % (text.length + 1)), text.slice(cut % (text.length + 1))].join('');
        const sliced = `x${text}y`.slice(1, -1);
        assert.deepEqual(of(joined), of(text));
        assert.deepEqual(of(sliced), of(text));
      }),
    );
  });

  const likeOneAnother: Record<string, (number: number) => string> = {
    'padded counters': (number) => `req_${String(number).padStart(6, '0')}`,
    'decimal counters': String,
    'long counters': (number) => `msg_01${hex(number, 20)}`,
    'UUIDs of one millisecond': (number) => `0190a1b2-c3d4-7000-8000-${hex(number, 12)}`,
    'counters in the high digits': (number) => `${hex(Math.imul(number, 65_536) >>> 0, 8)}-${hex(number >>> 16, 4)}`,
    'pairs of small numbers': (number) => `t${String(number % 500)}:r${String(Math.floor(number / 500))}`,
    'texts of four characters': (number) =>
      String.fromCharCode(number % 95, Math.floor(number / 95) % 95, Math.floor(number / 9025) % 95, 0),
    'zeros of every length': (number) => '\0'.repeat(number % 2000) + String(number),
  };
  for (const [kind, make] of Object.entries(likeOneAnother)) {
    it(`tells ${kind} apart`, () => {
      const count = kind.startsWith('zeros') ? 4_000 : 100_000;
      assert.equal(
        meetings(count, (number, out, at) => fingerprint(make(number), 1, out, at)),
        0,
      );
    });
  }

  it('tells the same text under other seeds apart', () => {
    assert.equal(
      meetings(100_000, (number, out, at) => fingerprint('req_000001', number, out, at)),
      0,
    );
  });

  it('changes half of its bits with any bit of its text or seed', () => {
    const texts = Array.from({ length: 600 }, (_, number) => `task-${hex(finish(number) >>> 0, 8)}-${hex(number, 3)}`);
    const flips: readonly ((text: string) => Uint32Array)[] = [
      ...Array.from({ length: texts[0].length * 7 }, (_, flip) => (text: string) => of(withBitFlipped(text, flip))),
      ...Array.from({ length: 32 }, (_, bit) => (text: string) => of(text, 1 ^ (1 << bit))),
    ];
    for (const flip of flips) {
      const changed = new Uint32Array(32 * fingerprintWords);
      for (const text of texts) countChangedBits(of(text), flip(text), changed);
      // A fair coin thrown 600 times falls outside of these with a probability of 10^-9.
      for (const count of changed) assert.ok(count > 220 && count < 380, `one bit changed ${String(count)} times`);
    }
  });
});

const withBitFlipped = (text: string, flip: number): string => {
  const at = Math.floor(flip / 7);
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (flip % 7))) + text.slice(at + 1);
};

const countChangedBits = (before: Uint32Array, after: Uint32Array, into: Uint32Array): void => {
  for (let bit = 0; bit < into.length; bit++) {
    const word = bit >>> 5;
    into[bit] += ((before[word] ^ after[word]) >>> (bit & 31)) & 1;
  }
};

describe('mixing words', () => {
  it('depends on their order', () => {
    assert.notEqual(mix(mix(0, 1), 2), mix(mix(0, 2), 1));
  });

  it('finishes without losing anything: no two words of a run of a million meet', () => {
    const finished = Uint32Array.from({ length: 1_000_000 }, (_, number) => finish(number)).sort();
    for (let i = 1; i < finished.length; i++) assert.notEqual(finished[i], finished[i - 1]);
  });
});
