/** Words per fingerprint: 96 bits, so that among 10^10 keys two meet with a probability below 10^-9. */
export const fingerprintWords = 3;

/**
 * Writes the 96-bit fingerprint of a text (and of what it belongs to) to `out[at..at + 2]`. It is the same on every
 * machine.
 *
 * It is MurmurHash3_x86_128 (Austin Appleby, public domain) over UTF-16 code units, two to a word, with its last lane
 * folded into the others. Not cryptographic: keys are made by authenticated senders, and a forged meeting of two
 * identities is answered as a conflict, never counted.
 *
 * @param seed keeps kinds of keys apart, and chains: pass a word of one fingerprint to hash a pair
 */
export const fingerprint = (text: string, seed: number, out: Uint32Array, at: number): void => {
  const length = text.length;
  let a = seed | 0;
  let b = a ^ 0x9e3779b9;
  let c = a ^ 0x85ebca6b;
  let d = a ^ 0xc2b2ae35;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    a ^= scramble(pair(text, i), 0x239b961b, 15, 0xab0e9789);
    a = (Math.imul((rotate(a, 19) + b) | 0, 5) + 0x561ccd1b) | 0;
    b ^= scramble(pair(text, i + 2), 0xab0e9789, 16, 0x38b34ae5);
    b = (Math.imul((rotate(b, 17) + c) | 0, 5) + 0x0bcaa747) | 0;
    c ^= scramble(pair(text, i + 4), 0x38b34ae5, 17, 0xa1e38b93);
    c = (Math.imul((rotate(c, 15) + d) | 0, 5) + 0x96cd1c35) | 0;
    d ^= scramble(pair(text, i + 6), 0xa1e38b93, 18, 0x239b961b);
    d = (Math.imul((rotate(d, 13) + a) | 0, 5) + 0x32ac3b17) | 0;
  }
  const rest = length - i;
  if (rest > 0) a ^= scramble(pairOrLast(text, i), 0x239b961b, 15, 0xab0e9789);
  if (rest > 2) b ^= scramble(pairOrLast(text, i + 2), 0xab0e9789, 16, 0x38b34ae5);
  if (rest > 4) c ^= scramble(pairOrLast(text, i + 4), 0x38b34ae5, 17, 0xa1e38b93);
  if (rest > 6) d ^= scramble(pairOrLast(text, i + 6), 0xa1e38b93, 18, 0x239b961b);
  a ^= length;
  b ^= length;
  c ^= length;
  d ^= length;
  a = (a + b + c + d) | 0;
  b = finish((b + a) | 0);
  c = finish((c + a) | 0);
  d = finish((d + a) | 0);
  a = (finish(a) + b + c + d) | 0;
  out[at] = a;
  out[at + 1] = b + a;
  out[at + 2] = c + a;
};

/** Two code units as a word. */
const pair = (text: string, i: number): number => text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);

const pairOrLast = (text: string, i: number): number => (i + 1 < text.length ? pair(text, i) : text.charCodeAt(i));

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

const scramble = (word: number, before: number, bits: number, after: number): number =>
  Math.imul(rotate(Math.imul(word, before), bits), after);

/** Mixes one more word into a running 32-bit hash: MurmurHash3's body step. */
export const mix = (hash: number, word: number): number => {
  const k = Math.imul(word, 0xcc9e2d51);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
};

/** MurmurHash3's finalizer: every bit of the input reaches every bit of the output. */
export const finish = (hash: number): number => {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
};

/** The fingerprint of a text as 24 hexadecimal digits. */
export const fingerprintText = (text: string, seed: number): string => {
  const words = new Uint32Array(fingerprintWords);
  fingerprint(text, seed, words, 0);
  return hexOf(words);
};

/** Two chained fingerprints as 48 hexadecimal digits: for what must not meet another even where many are compared. */
export const longFingerprintText = (text: string, seed: number): string => {
  const words = new Uint32Array(2 * fingerprintWords);
  fingerprint(text, seed, words, 0);
  fingerprint(text, words[0], words, fingerprintWords);
  return hexOf(words);
};

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const hexOf = (words: Uint32Array): string => {
  let hex = '';
  for (const word of words) {
    hex +=
      hexOfByte[word >>> 24] + hexOfByte[(word >>> 16) & 255] + hexOfByte[(word >>> 8) & 255] + hexOfByte[word & 255];
  }
  return hex;
};
