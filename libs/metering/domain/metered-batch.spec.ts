import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contentHashes } from './content-hash.js';
import { identityKeys } from './identity.js';
import { createMeteredBatch } from './metered-batch.js';
import { meteredRow } from './metered-row.js';
import { attributions, meteredColumns, ratings } from './metering.events.js';
import type { MeteringRecord } from './metering-record.js';
import { readRecord } from './read-record.js';
import { type ChargedAs, emptyRow } from './record-row.js';

const name = fc.constantFrom('a', 'b', 'ana', 'eng', 'x'.repeat(255), '😀');
const tokens = fc.nat({ max: 2 ** 31 });
const record: fc.Arbitrary<MeteringRecord & { source: string }> = fc.record(
  {
    source: name,
    id: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }),
    taskId: name,
    userId: name,
    occurredAt: fc
      .date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    usage: fc.record({
      inputTokens: tokens,
      outputTokens: tokens,
      cacheReadTokens: tokens,
      cacheWrite5mTokens: tokens,
      cacheWrite1hTokens: tokens,
    }),
    parentTaskId: name,
    groupId: name,
    costMicros: fc.maxSafeNat(),
    model: name,
    batch: fc.boolean(),
    trigger: fc.constantFrom('interactive', 'scheduled', 'dispatch', 'subtask'),
    scheduleId: name,
    skill: name,
    durationMs: tokens,
    sourceCount: tokens,
    labels: fc.dictionary(fc.constantFrom('project', 'costCenter', 'constructor'), name, { minKeys: 1, maxKeys: 3 }),
  },
  { requiredKeys: ['source', 'id', 'taskId', 'userId', 'occurredAt', 'usage'] },
);

const chargedAs = ({ groupId = 'unassigned', costMicros = 7 }: MeteringRecord, sent: MeteringRecord): ChargedAs => ({
  groupId,
  costMicros,
  attribution: attributions.indexOf(sent.groupId === undefined ? 'unassigned' : 'record'),
  rating: ratings.indexOf(sent.costMicros === undefined ? 'priced' : 'reported'),
  priceVersion: sent.costMicros === undefined ? 'builtIn:m@always' : '',
});

const batchOf = (records: readonly MeteringRecord[], charge = chargedAs) => {
  const batch = createMeteredBatch(0);
  const row = emptyRow();
  for (const sent of records) {
    assert.equal(readRecord(sent, '', row, ['project', 'costCenter', 'constructor']), undefined);
    batch.push(row, charge(sent, sent));
  }
  return batch.columns();
};

const tagsOf = (records: readonly MeteringRecord[], charge = chargedAs): number[] => {
  const tags = new Uint32Array(records.length);
  contentHashes(batchOf(records, charge), tags);
  return [...tags];
};

describe('a batch of records as columns', () => {
  it('fits its schema and gives every record back', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 30, size: 'max' }), (records) => {
        const columns = batchOf(records);
        assert.deepEqual(meteredColumns.parse(JSON.parse(JSON.stringify(columns))), columns);
        records.forEach((sent, row) => {
          const { charge, attribution, occurredAtMs, ...back } = meteredRow(columns, row);
          const { groupId, costMicros, occurredAt, ...said } = sent;
          assert.deepEqual(
            JSON.parse(JSON.stringify(back)),
            JSON.parse(JSON.stringify({ ...said, batch: sent.batch ?? false })),
          );
          assert.equal(occurredAtMs, Date.parse(occurredAt));
          assert.equal(charge.groupId, groupId ?? 'unassigned');
          assert.equal(charge.costMicros, costMicros ?? 7);
          assert.equal(attribution, groupId === undefined ? 'unassigned' : 'record');
        });
      }),
    );
  });

  it('has the same content whatever was decided about it, and in whatever company', () => {
    const decidedOtherwise = (sent: MeteringRecord): ChargedAs => ({
      ...chargedAs(sent, sent),
      ...(sent.groupId === undefined && { groupId: 'ops', attribution: attributions.indexOf('membership') }),
      ...(sent.costMicros === undefined && { costMicros: 9, rating: ratings.indexOf('unpriced'), priceVersion: 'x' }),
    });
    fc.assert(
      fc.property(record, fc.array(record, { maxLength: 5 }), (sent, others) => {
        const alone = tagsOf([sent])[0];
        assert.equal(tagsOf([...others, sent], decidedOtherwise).at(-1), alone);
      }),
    );
  });

  it('has other content when any field differs', () => {
    const sent: MeteringRecord = {
      source: 's',
      id: '1',
      taskId: 't',
      userId: 'u',
      occurredAt: '2026-11-20T10:00:00.000Z',
      costMicros: 5,
    };
    const others: Partial<MeteringRecord>[] = [
      { taskId: 'T' },
      { parentTaskId: 'p' },
      { userId: 'v' },
      { groupId: 'eng' },
      { occurredAt: '2026-11-20T10:00:00.001Z' },
      { costMicros: 6 },
      { costMicros: undefined, usage: { inputTokens: 5 } },
      { usage: { inputTokens: 0 } },
      { usage: { outputTokens: 5 } },
      { usage: { inputTokens: 2 ** 33 } },
      { model: 'm' },
      { batch: true },
      { trigger: 'scheduled' },
      { scheduleId: 'n' },
      { fanOutId: 'f' },
      { skill: 'k' },
      { plugin: 'k' },
      { connector: 'k' },
      { tool: 'k' },
      { durationMs: 0 },
      { sourceCount: 0 },
    ];
    const tags = [sent, ...others.map((change) => ({ ...sent, ...change }))].map((one) => tagsOf([one])[0]);
    assert.equal(new Set(tags).size, tags.length);
  });

  it('tells identities apart by source and by id', () => {
    const sent = { taskId: 't', userId: 'u', occurredAt: '2026-11-20T10:00:00Z', costMicros: 5 };
    const pairs = ['a', 'b', 'ab', ''].flatMap((source) =>
      ['1', '2', 'b1'].map((id) => ({ ...sent, source: source || 'x', id })),
    );
    const columns = batchOf(pairs);
    const keys = new Uint32Array(pairs.length * 3);
    identityKeys(columns, keys);
    const texts = pairs.map((_, row) => keys.slice(row * 3, row * 3 + 3).join('-'));
    assert.equal(new Set(texts).size, pairs.length);
  });
});
