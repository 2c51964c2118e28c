import assert from 'node:assert/strict';
import { columnsOf, correctionOf, type SpendRecord } from '#test/support/spend-records.js';
import { LargeRecordsView } from './large-records.view.js';

const record = (costMicros: number, more: Partial<SpendRecord> = {}): SpendRecord => ({
  ...{ group: 'eng', user: 'ana', skill: '', plugin: '', connector: '', model: '', trigger: '', schedule: '' },
  ...{ labels: {}, occurredAtMs: Date.UTC(2026, 10, 20), costMicros, isUnpriced: false, ...more },
});
const bar = 10 ** 12;
const everything = () => true;
const idOf = (records: LargeRecordsView): string | undefined => records.largest(everything)?.id;

describe('large records', () => {
  it('are those of 10^12 micros and more that count, and the largest of some is found', () => {
    const records = new LargeRecordsView();
    records.addMetered(columnsOf([record(bar - 1), record(bar), record(bar + 7, { group: 'ops' })]), undefined);
    records.addMetered({ ...columnsOf([record(bar + 9)]), id: ['twice'] }, [0]);
    assert.deepEqual(records.largest(everything), {
      ...{ source: 'cowork', id: 'r2', groupId: 'ops', userId: 'ana', costMicros: bar + 7 },
      occurredAtMs: Date.UTC(2026, 10, 20),
    });
    assert.equal(records.largest(({ groupId }) => groupId === 'eng')?.id, 'r1');
    assert.equal(
      records.largest(({ groupId }) => groupId === 'none'),
      undefined,
    );
  });

  it('go with a void, move to another group, and come and go with another price', () => {
    const records = new LargeRecordsView();
    const large = record(bar + 1);
    const correct = (after: SpendRecord | null) => {
      records.addCorrections([{ ...correctionOf(large, after), id: 'r0' }]);
    };
    records.addMetered(columnsOf([large]), undefined);
    correct({ ...large, group: 'ops' });
    assert.equal(records.largest(everything)?.groupId, 'ops');
    correct({ ...large, costMicros: 5 });
    assert.equal(idOf(records), undefined);
    correct({ ...large, costMicros: 2 * bar });
    assert.equal(records.largest(everything)?.costMicros, 2 * bar);
    correct(null);
    assert.equal(idOf(records), undefined);
  });

  it('of equal ones the same is the largest, live, in another order, and from a snapshot', () => {
    const [one, other, restored] = [new LargeRecordsView(), new LargeRecordsView(), new LargeRecordsView()];
    const [first, second] = ['a', 'b'].map((id) => ({ ...columnsOf([record(bar)]), id: [id] }));
    for (const columns of [first, second]) one.addMetered(columns, undefined);
    for (const columns of [second, first]) other.addMetered(columns, undefined);
    restored.load(JSON.parse(JSON.stringify(other.save())) as object);
    assert.deepEqual([one, other, restored].map(idOf), ['a', 'a', 'a']);
  });

  it('are bounded: of too many the smallest are forgotten', () => {
    const records = new LargeRecordsView(2);
    for (let row = 0; row < 9; row++) {
      records.addMetered({ ...columnsOf([record(bar + ((row * 5) % 9))]), id: [String(row)] }, undefined);
    }
    assert.ok((records.save() as readonly unknown[]).length < 4);
    assert.equal(records.largest(everything)?.costMicros, bar + 8);
  });
});
