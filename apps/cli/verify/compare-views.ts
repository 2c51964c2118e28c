import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { identityKey, keySeeds } from '#metering/domain/identity.js';
import { lastHourLines } from '#spend/domain/last-hours.lines.js';
import { spendLines } from '#spend/domain/spend.lines.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import type { BursarViews } from '#apps/bursar/bursar.views.js';
import { told } from './findings.js';
import type { FindingSink } from './findings.js';
import { identityOf } from './plain-record.js';
import type { PlainPlace, PlainRecord } from './plain-record.js';
import type { PlainFigures } from './plain-spend.js';
import type { Recount } from './recount.js';

/** SHA-256 of all canonical lines, and how many there are. */
export interface LinesHash {
  readonly hash: string;
  readonly lines: number;
}

export const figuresText = ({ spentMicros, records, unpricedMicros }: PlainFigures): string =>
  [spentMicros, records, unpricedMicros].map(String).join('\t');

/** Hashes what was worked out the plain way, line by line in their order. */
export const hashOfCells = (cells: ReadonlyMap<string, PlainFigures>): LinesHash => {
  const lines = [...cells].map(([key, figures]) => `${key}\t${figuresText(figures)}`).sort();
  return hashOfLines(lines);
};

/** Compares the lines of the views with the cells they should hold, and hashes them. */
export const compareSpend = (
  cells: ReadonlyMap<string, PlainFigures>,
  views: BursarViews,
  findings: FindingSink,
): LinesHash => {
  const missing = new Set(cells.keys());
  const look = function* (): Generator<string, void> {
    for (const line of spendLines(views.spend)) {
      const key = line.split('\t', 4).join('\t');
      const found = line.slice(key.length + 1);
      const cell = cells.get(key);
      missing.delete(key);
      const expected = cell === undefined ? 'nothing' : figuresText(cell);
      if (expected !== found) findings.add(cellTitle(key), { expected: figures(expected), found: figures(found) });
      yield line;
    }
  };
  const hash = hashOfLines(look());
  for (const key of missing) {
    const cell = cells.get(key);
    if (cell !== undefined) findings.add(cellTitle(key), { expected: figures(figuresText(cell)), found: 'nothing' });
  }
  return hash;
};

/** Compares what users spent in the last hours. */
export const compareHours = ({ hours }: Recount, views: BursarViews, findings: FindingSink): void => {
  const expected = figuresByHour(hours.lines());
  const found = figuresByHour(lastHourLines(views.spend));
  for (const what of new Set([...expected.keys(), ...found.keys()])) {
    const difference = told(expected.get(what) ?? 'nothing', found.get(what));
    if (difference.expected !== difference.found) findings.add(what, difference);
  }
};

const figuresByHour = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.map((line) => {
      const [hour, group, user, micros, records] = line.split('\t');
      return [`spend of ${user} in ${group} in the hour from ${hour}`, `${micros} micros, ${records} records`];
    }),
  );

const hashOfLines = (all: Iterable<string>): LinesHash => {
  const hash = createHash('sha256');
  let lines = 0;
  for (const line of all) {
    hash.update(`${line}\n`);
    lines++;
  }
  return { hash: hash.digest('hex'), lines };
};

const cellTitle = (key: string): string => {
  const [view, bucket, group, name] = key.split('\t');
  return `spend of ${group} in ${bucket} by ${view} ${JSON.stringify(name)}`;
};

const figures = (text: string): string => {
  const [spentMicros, records, unpricedMicros] = text.split('\t');
  return text === 'nothing' ? text : `${spentMicros} micros, ${records} records, ${unpricedMicros} unpriced`;
};

const savedOutcomes = z.object({
  uncountedAt: z.array(z.tuple([z.int(), z.array(z.object({ row: z.int(), outcome: z.literal([1, 2]) }))])),
});

/** Compares which rows the views took for duplicates and conflicts. */
export const compareOutcomes = ({ uncounted }: Recount, views: BursarViews, findings: FindingSink): void => {
  const found = new Map(
    savedOutcomes
      .parse(views.metering.save())
      .uncountedAt.map(([position, rows]) => [
        position,
        rows.map(({ row, outcome }) => `${String(row)} ${outcome === 1 ? 'duplicate' : 'conflict'}`).join(', '),
      ]),
  );
  for (const position of new Set([...uncounted.keys(), ...found.keys()])) {
    const difference = { expected: uncounted.get(position) ?? 'none', found: found.get(position) ?? 'none' };
    if (difference.expected !== difference.found) {
      findings.add(`rows at position ${String(position)} that do not count`, difference);
    }
  }
};

/** Asks the index for what decides about the next record with the same identity, and about a task's end. */
export const createPlaceCheck = (index: LocationIndex, findings: FindingSink) => {
  const key = new Uint32Array(fingerprintWords);
  const text = ({ position, row }: PlainPlace): string => `${String(position)} row ${String(row)}`;
  const check = (what: () => string, first: PlainPlace): void => {
    const found = index.first(key, 0);
    if (found?.position === first.position && found.row === first.row) return;
    findings.add(`first place of ${what()}`, told(text(first), found && text(found)));
  };
  return {
    identity(record: PlainRecord, first: PlainPlace): void {
      identityKey(keySeeds.identity, record.source, record.id, key, 0);
      check(() => identityOf(record), first);
    },
    finish(taskId: string, position: number): void {
      fingerprint(taskId, keySeeds.finish, key, 0);
      check(() => `the end of task ${JSON.stringify(taskId)}`, { position, row: 0 });
    },
  };
};
