import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idFault, normaliseId } from '#kernel/ids.js';
import { formatInstant } from '#kernel/instants.js';
import { createMeteredBatch } from '#metering/domain/metered-batch.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { readRecord } from '#metering/domain/read-record.js';
import { emptyRow } from '#metering/domain/record-row.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { type Disk, emptyDisk, type Process, startProcess } from './process.js';

const beginsMs = Date.UTC(2026, 10, 20, 9);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };
const occurredAt = formatInstant(beginsMs);

/** Texts made of a few letters, so that they meet again composed, decomposed, blank and unseen. */
const part = fc.constantFrom('a', 'A', 'é', 'e\u0301', ' ', '\u00a0', '\u200b', '\u0308', '한', '\u1112\u1161\u11ab');
const idText = fc
  .array(part, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');
const ids = fc.record(
  { taskId: idText, userId: idText, groupId: idText, skill: idText, tool: idText, scheduleId: idText, plugin: idText },
  { requiredKeys: ['taskId', 'userId', 'groupId'] },
);
type IdFields = typeof ids extends fc.Arbitrary<infer T> ? T : never;

const recordOf = (fields: IdFields, place: number): MeteringRecord => ({
  ...fields,
  source: ` s\u0301 ${String(place)}`,
  id: `e\u0301 ${String(place)}`,
  occurredAt,
  costMicros: 1,
});

/** What an earlier version stored: ids as they were sent, whatever they held. */
const storeAsSent = async (disk: Disk, records: readonly MeteringRecord[]): Promise<void> => {
  if (records.length === 0) return;
  const batch = createMeteredBatch(0);
  for (const record of records) {
    const row = emptyRow();
    assert.equal(readRecord(record, '', row), undefined);
    batch.push(row, { groupId: row.groupId, attribution: 0, costMicros: 1, rating: 0, priceVersion: '' });
  }
  const meta = { commandId: 'earlier', now: occurredAt, actor: caller.actor, reason: '' };
  const event = proposeEvent('earlier', 0, { type: 'RecordsMetered', data: batch.columns() }, meta);
  await disk.log.append({ stream: 'metering-earlier', expectedRevision: noStream, events: [event] });
};

const outcomes = async ({ ingest }: Process, records: readonly MeteringRecord[]) => {
  const all: string[] = [];
  for (const record of records) {
    const { accepted, rejected } = await ingest.accept([record], caller);
    all.push(rejected.length > 0 ? rejected[0].code : accepted === 1 ? 'accepted' : 'duplicate');
  }
  return all;
};

describe('ids of every making', () => {
  it('new ones are stored composed or refused, and are duplicates when they come again, before and after a restart', () =>
    fc.assert(
      fc.asyncProperty(fc.array(ids, { maxLength: 8 }), async (all) => {
        const disk = emptyDisk(beginsMs);
        const process = await startProcess(disk);
        const records = all.map(recordOf);
        const first = await outcomes(process, records);
        records.forEach(({ source: _, id: _id, ...fields }, place) => {
          const texts = Object.values(fields).filter((value): value is string => typeof value === 'string');
          const isFine = texts.every((text) => idFault(normaliseId(text)) === undefined);
          assert.equal(first[place], isFine ? 'accepted' : 'invalidId');
        });
        for (const { groupId } of process.views.directory.groups()) {
          assert.equal(idFault(groupId), undefined);
          assert.equal(normaliseId(groupId), groupId);
        }
        const again = first.map((outcome) => (outcome === 'accepted' ? 'duplicate' : outcome));
        assert.deepEqual(await outcomes(process, records), again);
        await process.kill();
        assert.deepEqual(await outcomes(await startProcess(disk), records), again);
      }),
      { numRuns: 100 },
    ));

  it('stored ones are duplicates when they come again, and go on as they are', () =>
    fc.assert(
      fc.asyncProperty(fc.array(ids, { minLength: 1, maxLength: 6 }), ids, async (all, more) => {
        const disk = emptyDisk(beginsMs);
        const stored = all.map(recordOf);
        await storeAsSent(disk, stored);
        const process = await startProcess(disk);
        assert.deepEqual(await outcomes(process, stored), new Array<string>(stored.length).fill('duplicate'));
        // Tools are in no view: they are always new.
        const next = [...all, { ...more, groupId: all[0].groupId }].map((fields, place) => ({
          ...recordOf(fields, 100 + place),
          tool: undefined,
        }));
        const fates = await outcomes(process, next);
        assert.deepEqual(fates.slice(0, -1), new Array<string>(all.length).fill('accepted'));
        const standing = await process.records.find(next[0].source ?? '', next[0].id);
        for (const [field, value] of Object.entries({ ...all[0], tool: undefined })) {
          const shown: Readonly<Record<string, unknown>> = { ...standing?.record, ...standing?.charge };
          assert.equal(shown[field], value, field);
        }
        assert.deepEqual(
          await outcomes(process, next),
          fates.map((fate) => (fate === 'accepted' ? 'duplicate' : fate)),
        );
      }),
      { numRuns: 100 },
    ));
});
