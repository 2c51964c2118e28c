/**
 * Says of most keys that are not in a run that they are not, without reading it: a split block Bloom filter (Putze,
 * Sanders and Singler 2007; Apache Parquet's is the same). A key picks one block of eight words by its first word and
 * one bit in each of them, so a question touches one or two lines of the processor's cache. Keys are fingerprints:
 * their other two words are the hash values, five bits for each bit picked. Runs are sorted by the first word, so that
 * a filter is filled from its beginning to its end.
 *
 * With 15 bits a key about one absent key in 550 is taken for present, which costs one read of the run.
 */
const bitsPerKey = 15;
const blockWords = 8;

/** Number of words a filter for so many keys takes. */
export const filterLength = (keys: number): number => Math.ceil((keys * bitsPerKey) / (32 * blockWords)) * blockWords;

/** Block numbers are proportional to the key's first word. */
const blockOf = (filter: Uint32Array, word: number): number =>
  (((word / 2 ** 32) * (filter.length / blockWords)) >>> 0) * blockWords;

/** A shift takes only the lowest five bits of its distance, here as in `mayHold`. */
export const addToFilter = (filter: Uint32Array, words: Uint32Array, at: number): void => {
  const block = blockOf(filter, words[at]);
  for (let word = 0; word < blockWords; word += 2) {
    const shift = 5 * (word >>> 1);
    filter[block + word] |= 1 << (words[at + 1] >>> shift);
    filter[block + word + 1] |= 1 << (words[at + 2] >>> shift);
  }
};

/**
 * False if the key was never added. Written out, because ingest asks every run about every record: the first two bits
 * settle four questions in five, the others are read without branches.
 */
export const mayHold = (filter: Uint32Array, words: Uint32Array, at: number): boolean => {
  const block = blockOf(filter, words[at]);
  const a = words[at + 1];
  const b = words[at + 2];
  if (((filter[block] >>> a) & (filter[block + 1] >>> b) & 1) === 0) return false;
  const others =
    (filter[block + 2] >>> (a >>> 5)) &
    (filter[block + 3] >>> (b >>> 5)) &
    (filter[block + 4] >>> (a >>> 10)) &
    (filter[block + 5] >>> (b >>> 10)) &
    (filter[block + 6] >>> (a >>> 15)) &
    (filter[block + 7] >>> (b >>> 15));
  return (others & 1) === 1;
};
