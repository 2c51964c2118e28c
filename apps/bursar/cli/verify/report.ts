import type { Finding } from './findings.js';
import type { Verification } from './verify-directory.js';

/** A verification as one JSON-native value: what scripts read, and what the text below is made from. */
export const reportOf = (directory: string, verification: Verification, seconds: number) => {
  const {
    findings,
    head,
    snapshotPosition = null,
    events,
    unknownTypes,
    recount,
    plain,
    chain,
    views,
    servedAt = null,
  } = verification;
  const { counts, spend, tokens, finishes } = recount;
  const { currency, timeZone } = recount.organisation.settings;
  const groups = spend.byGroup();
  return {
    directory,
    ok: findings.count === 0,
    differences: findings.count,
    listed: findings.listed,
    head,
    snapshotPosition,
    servedAt,
    events: Object.fromEntries([...events].sort(([, a], [, b]) => b - a)),
    unknownTypes,
    ...counts,
    finishedTasks: finishes.size,
    groups: groups.size,
    users: spend.users(),
    currency,
    timeZone,
    spentMicros: numberOf([...groups.values()].reduce((sum, { spentMicros }) => sum + spentMicros, 0n)),
    unpricedMicros: numberOf([...groups.values()].reduce((sum, { unpricedMicros }) => sum + unpricedMicros, 0n)),
    tokens: tokens.bySource().map(([source, { input, output, cacheRead, cacheWrite }]) => ({
      source,
      input: numberOf(input),
      output: numberOf(output),
      cacheRead: numberOf(cacheRead),
      cacheWrite: numberOf(cacheWrite),
    })),
    lines: plain.lines,
    hash: plain.hash,
    viewsHash: views?.hash ?? null,
    chain,
    seconds,
  };
};
export type Report = ReturnType<typeof reportOf>;

/** A sum as JSON has it: digits as a text where a number would not be exact. */
const numberOf = (sum: bigint): number | string => (sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : String(sum));

/** The report for a person. */
export const textOf = (report: Report): string =>
  [
    `Verified ${report.directory}`,
    line('log', `${grouped(report.head)} events: ${named(report.events)}`),
    line('snapshot', snapshotText(report)),
    line('chain', chainText(report)),
    line('records', recordsText(report)),
    line('spend', spendText(report)),
    ...report.tokens.map((sums) => line('tokens', tokensText(sums))),
    line('from the log', `${report.hash} (${grouped(report.lines)} cells)`),
    line('views', viewsText(report)),
    ...(report.servedAt === null ? [] : [line('service', `compared at position ${grouped(report.servedAt)}`)]),
    ...unknownText(report.unknownTypes),
    ...report.listed.map(findingText),
    '',
    `${verdict(report)} ${report.seconds.toFixed(1)} s`,
    '',
  ].join('\n');

const line = (title: string, text: string): string => `  ${title.padEnd(13)} ${text}`;

const grouped = (value: number | string): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

const named = (events: Readonly<Record<string, number>>): string =>
  Object.entries(events)
    .map(([type, count]) => `${grouped(count)} ${type}`)
    .join(', ') || 'none';

const snapshotText = ({ snapshotPosition, head }: Report): string =>
  snapshotPosition === null
    ? 'none; the views were folded from the first event'
    : `at position ${grouped(snapshotPosition)}; ${grouped(Math.max(0, head - snapshotPosition))} events folded on top of it`;

const chainText = ({ chain: { hash, seals, sealedPosition } }: Report): string => {
  if (sealedPosition === null) return `${hash} (not sealed yet)`;
  const checked = seals === 1 ? '1 seal checked' : `${grouped(seals)} seals checked`;
  return `${hash} (${checked}, the last at position ${grouped(sealedPosition)})`;
};

const recordsText = ({ records, duplicates, conflicts, voids, corrections, finishedTasks }: Report): string =>
  `${grouped(records)}, and in the log besides: ${grouped(duplicates)} duplicates, ${grouped(conflicts)} conflicts, ` +
  `${grouped(voids)} voids, ${grouped(corrections)} corrections, ${grouped(finishedTasks)} ends of tasks`;

const spendText = ({ spentMicros, unpricedMicros, currency, groups, users, timeZone }: Report): string =>
  `${grouped(spentMicros)} micros ${currency} (${grouped(unpricedMicros)} unpriced) ` +
  `of ${grouped(groups)} groups and ${grouped(users)} users, days in ${timeZone}`;

const tokensText = ({ source, input, output, cacheRead, cacheWrite }: Report['tokens'][number]): string =>
  `${source}: ${grouped(input)} input, ${grouped(output)} output, ${grouped(cacheRead)} cache read, ${grouped(cacheWrite)} cache write`;

const viewsText = ({ viewsHash, hash }: Report): string => {
  if (viewsHash === null) return 'not compared';
  return viewsHash === hash ? `${viewsHash} (the same)` : viewsHash;
};

const unknownText = (types: readonly string[]): readonly string[] =>
  types.length === 0 ? [] : [line('not known', `${types.join(', ')}: of a later version, not looked into`)];

const findingText = ({ what, expected, found }: Finding): string =>
  expected === undefined || found === undefined
    ? `\n  ${what}`
    : `\n  ${what}\n    expected ${expected}\n    found    ${found}`;

const verdict = ({ differences, listed }: Report): string => {
  if (differences === 0) return 'Nothing differs.';
  const more = differences - listed.length;
  return `${grouped(differences)} ${differences === 1 ? 'difference' : 'differences'}${more > 0 ? `, of which ${grouped(more)} are not listed` : ''}.`;
};
