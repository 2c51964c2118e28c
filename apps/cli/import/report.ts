import { formatInstant } from '#kernel/instants.js';
import type { RefusedKind, Tally } from './tally.js';

/** The end of an import for people: plain numbers, to be compared with the source. One line per fact. */
export const reportOf = (tally: Tally, file: string, ignored: readonly string[], seconds: number): string => {
  const { counts, sums } = tally;
  const unsent = counts.read - counts.accepted - counts.duplicates - counts.refused;
  const perSecond = Math.round(counts.read / Math.max(seconds, 0.001));
  const facts: [string, string][] = [
    ['rows read', `${String(counts.read)} in ${seconds.toFixed(1)} s (${String(perSecond)} rows/s)`],
    ['accepted', String(counts.accepted)],
    ['duplicates', String(counts.duplicates)],
    ['refused', String(counts.refused)],
  ];
  if (unsent > 0) facts.push(['not answered', String(unsent)]);
  facts.push(
    ['input tokens', `${String(sums.inputTokens)} (accepted and duplicates)`],
    ['output tokens', `${String(sums.outputTokens)} (accepted and duplicates)`],
  );
  if (sums.costMicros > 0n) facts.push(['reported cost', `${String(sums.costMicros)} micros`]);
  if (sums.firstMs <= sums.lastMs) {
    facts.push(['first', formatInstant(sums.firstMs)], ['last', formatInstant(sums.lastMs)]);
  }
  if (ignored.length > 0) facts.push(['ignored', ignored.join(', ')]);
  const lines = facts.map(([name, value]) => `  ${name.padEnd(labelWidth)}${value}`);
  return [file, ...lines, ...[...tally.refusedKinds].flatMap(refusedLines), ''].join('\n');
};

const labelWidth = 15;

const refusedLines = ([code, { count, examples }]: readonly [string, RefusedKind]): readonly string[] => [
  `  ${code}: ${String(count)}`,
  ...examples.map(({ row, id, detail }) => `    row ${String(row)}${id === null ? '' : ` (${id})`}: ${detail}`),
];
