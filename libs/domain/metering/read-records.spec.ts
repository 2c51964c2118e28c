import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fingerprintWords } from '#kernel/fingerprint.js';
import { emptyChargeable, readChargeable } from './chargeable.js';
import { identityKeys } from './identity.js';
import { createMeteredBatch } from './metered-batch.js';
import { emptyRow, readRecord } from './read-record.js';
import { readRecords } from './read-records.js';
import type { ReadRecords } from './read-records.js';

const name = fc.constantFrom('a', 'b', 'ana', 'x'.repeat(255), '😀');
const amount = fc.maxSafeNat();
const good = fc.record(
  {
    source: name,
    id: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }),
    taskId: name,
    userId: name,
    occurredAt: fc.constantFrom('2026-11-20T10:00:00Z', '2026-11-20T10:00:00.001+01:00'),
    costMicros: amount,
    groupId: name,
    currency: fc.constantFrom('USD', 'EUR'),
    fanOutId: name,
    model: name,
    batch: fc.boolean(),
    usage: fc.record({ inputTokens: amount, cacheWrite1hTokens: amount }),
  },
  { requiredKeys: ['source', 'id', 'taskId', 'userId', 'occurredAt', 'costMicros'] },
);
const bad = fc.constantFrom<unknown>(null, 7, [], {}, { id: 'only an id' }, { id: 7 });
const requests = fc.array(fc.oneof({ weight: 3, arbitrary: good }, bad), { maxLength: 30 });

/** What `readRecord` says of each record, one by one. */
const oneByOne = (raw: readonly unknown[]) =>
  raw.map((record) => {
    const row = emptyRow();
    return { fault: readRecord(record, 'default', row), row };
  });

const chargeableOf = (read: ReadRecords, row: number) => {
  const record = emptyChargeable();
  readChargeable(read, row, record);
  return record;
};

describe('reading the records of a request', () => {
  it('takes each as it is taken alone, in the order they came', () => {
    fc.assert(
      fc.property(requests, (raw) => {
        const read = readRecords(raw, 'default');
        const alone = oneByOne(raw);
        const indexes = [...read.indexes.subarray(0, read.count)];
        assert.deepEqual(
          indexes,
          alone.flatMap(({ fault }, index) => (fault === undefined ? [index] : [])),
        );
        indexes.forEach((index, row) => {
          const record = chargeableOf(read, row);
          assert.deepEqual({ ...alone[index].row, ...record }, alone[index].row);
        });
        assert.deepEqual(
          read.rejected,
          alone.flatMap(({ fault, row }, index) => (fault ? [{ index, id: row.id || null, ...fault }] : [])),
        );
      }),
    );
  });

  it('gives a record the key that the log gives it', () => {
    fc.assert(
      fc.property(fc.array(good, { minLength: 1, maxLength: 20 }), (raw) => {
        const read = readRecords(raw, '');
        const batch = createMeteredBatch(0);
        const charged = { groupId: 'g', attribution: 0, costMicros: 1, rating: 0, priceVersion: '' };
        for (let row = 0; row < read.count; row++) batch.push(read, row, charged);
        const keys = new Uint32Array(read.count * fingerprintWords);
        identityKeys(batch.columns(), keys);
        assert.deepEqual(read.keys, keys);
      }),
    );
  });

  it('names no id for what is no record, whatever came before it', () => {
    const record = { source: 's', id: 'r-1', taskId: 't', userId: 'u', occurredAt: '2026-11-20T10:00:00Z' };
    const { rejected } = readRecords([record, 'not a record', [record]], '');
    assert.deepEqual(
      rejected.map(({ index, id, code }) => [index, id, code]),
      [
        [0, 'r-1', 'costOrUsageMissing'],
        [1, null, 'recordNotObject'],
        [2, null, 'recordNotObject'],
      ],
    );
  });
});
