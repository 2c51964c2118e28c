import type { PlainRecord } from './plain-record.js';

/** Tokens of all records that count, by kind. */
export interface TokenSums {
  input: bigint;
  output: bigint;
  cacheRead: bigint;
  cacheWrite: bigint;
}

/** Sums of tokens per source: what an import is compared with. */
export const createPlainTokens = () => {
  const sources = new Map<string, TokenSums>();
  return {
    /** Adds a record (sign 1), or takes it back when it becomes void (sign -1). */
    add(record: PlainRecord, sign: 1 | -1): void {
      if (record.hasUsage === 0) return;
      let sums = sources.get(record.source);
      if (sums === undefined) {
        sources.set(record.source, (sums = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite: 0n }));
      }
      sums.input += BigInt(sign * record.inputTokens);
      sums.output += BigInt(sign * record.outputTokens);
      sums.cacheRead += BigInt(sign * record.cacheReadTokens);
      sums.cacheWrite += BigInt(sign * record.cacheWrite5mTokens) + BigInt(sign * record.cacheWrite1hTokens);
    },
    bySource: (): readonly (readonly [string, TokenSums])[] => [...sources].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
};
