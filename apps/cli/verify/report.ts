import type { Finding, FindingKind } from './findings.js';
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
    countedTo = null,
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
    unlisted: findings.unlisted,
    countedTo,
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
    ...countedText(report),
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

const chainText = ({ chain: { hash: known, seals, sealedPosition } }: Report): string => {
  const hash = known ?? 'not known, an event behind the last seal cannot be read';
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

/** What could not be looked at because of an event that cannot be read, and what to do. */
const countedText = ({ countedTo }: Report): readonly string[] =>
  countedTo === null
    ? []
    : [
        `\n  Records, spend and corrections were worked out up to position ${grouped(countedTo)} only, and the views were not compared: what comes behind cannot be known without the event that cannot be read. Stop the service, restore log/ from a backup and verify again; of a shared log, remove copy/ instead, and the next start reads it anew.`,
      ];

const verdict = ({ differences, unlisted }: Report): string => {
  if (differences === 0) return 'Nothing differs.';
  const more = unlisted.map(({ kind, count }) => `${grouped(count)} of ${kindNames[kind]}`).join(', ');
  return `${grouped(differences)} ${differences === 1 ? 'difference' : 'differences'}${more === '' ? '' : `, of which are not listed: ${more}`}.`;
};

const kindNames: Readonly<Record<FindingKind, string>> = {
  damagedEvent: 'damaged events',
  chain: 'the chain',
  event: 'events',
  other: 'other things',
  organisation: 'the organisation',
  rating: 'ratings',
  correction: 'corrections',
  index: 'the index',
  rows: 'rows that do not count',
  spend: 'spend',
  hours: 'hours of users',
  service: 'what the service serves',
};
