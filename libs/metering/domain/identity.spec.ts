import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { contentHashes } from './content-hash.js';
import { identityKeys } from './identity.js';
import { createMeteredBatch } from './metered-batch.js';
import { attributions, meteredColumns, ratings } from './metering.events.js';
import { meteringRecord } from './metering-record.js';
import { readRecord } from './read-record.js';
import { emptyRow } from './record-row.js';

/** What earlier versions have stored for records; README.md beside the files says how they were made. */
const stored = (file: string) =>
  readFileSync(join(process.cwd(), 'test/fixtures/content-hashes', file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => storedLine.parse(JSON.parse(line)));
const storedLine = z.tuple([z.string(), z.string(), meteringRecord]);

type Stored = ReturnType<typeof stored>[number];
type Company = readonly (readonly Stored[])[];

/** What is decided about a record by one who knows the user's group, and by one who does not. */
const members = { group: 'membership', priced: 'priced', unknownCost: 'reported' } as const;
const strangers = { group: 'unassigned', priced: 'unpriced', unknownCost: 'unpricedOverZero' } as const;
type Decided = typeof members | typeof strangers;

const hashesOf = (batches: Company, decided: Decided): string[] =>
  batches.flatMap((lines) => {
    const batch = createMeteredBatch(0);
    const row = emptyRow();
    for (const [, , record] of lines) {
      assert.equal(readRecord(record, '', row), undefined);
      const reported = row.costMicros === 0 && row.hasUsage === 1 ? decided.unknownCost : 'reported';
      const rating = row.costMicros < 0 ? decided.priced : reported;
      batch.push(row, {
        groupId: row.groupId || 'anybody',
        attribution: attributions.indexOf(row.groupId === '' ? decided.group : 'record'),
        costMicros: rating === 'reported' ? row.costMicros : 7,
        rating: ratings.indexOf(rating),
        priceVersion: rating === 'reported' ? '' : 'p',
      });
    }
    const columns = meteredColumns.parse(JSON.parse(JSON.stringify(batch.columns())));
    const content = new Uint32Array(columns.count);
    const identity = new Uint32Array(columns.count * 3);
    contentHashes(columns, content);
    identityKeys(columns, identity);
    const hex = (word: number): string => word.toString(16).padStart(8, '0');
    return lines.map((_, at) => [content[at], ...identity.subarray(3 * at, 3 * at + 3)].map(hex).join(' '));
  });

const textOf = ([content, identity]: Stored): string => [content, ...(identity.match(/.{8}/g) ?? [])].join(' ');

describe('what is stored for a record', () => {
  for (const [file, count] of [
    ['05da818.jsonl', 1_000],
    ['d33a4bf.jsonl', 200],
  ] as const) {
    const lines = stored(file);

    it(`is as it has been: ${file}`, () => {
      assert.equal(lines.length, count);
      const together = lines.flatMap((_, at) => (at % 500 === 0 ? [lines.slice(at, at + 500)] : []));
      assert.deepEqual(hashesOf(together, members), lines.map(textOf));
    });

    it(`is the same alone, and whatever was decided: ${file}`, () => {
      const alone = lines.map((line) => [line]);
      assert.deepEqual(hashesOf(alone, strangers), lines.map(textOf));
    });
  }
});
