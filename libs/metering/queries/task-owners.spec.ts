import assert from 'node:assert/strict';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { createMeteredBatch } from '../domain/metered-batch.js';
import type { Charge, CorrectedRow } from '../domain/metering.events.js';
import { emptyRow } from '../domain/record-row.js';
import { indexNewOwners } from '../domain/task-owners.locations.js';
import { indexTasks } from '../domain/tasks.locations.js';
import { FanOutGroups } from './fan-out-groups.js';
import { TaskOwners } from './task-owners.js';

/** Fan-outs that these groups have been granted for every task. */
class Granted extends FanOutGroups {
  constructor(private readonly groups: readonly string[]) {
    super();
  }
  groupOf = (): undefined => undefined;
  isWithin = (): undefined => undefined;
  groupsOfTask = (): readonly string[] => this.groups;
}

type Row = readonly [taskId: string, groupId: string];

const columnsOf = (rows: readonly Row[]) => {
  const batch = createMeteredBatch(0);
  for (const [place, [taskId, groupId]] of rows.entries()) {
    const charged = { groupId, attribution: 0, costMicros: 1, rating: 0, priceVersion: '' };
    const sent = { source: 's', id: String(place), taskId, userId: 'u', costMicros: 1 };
    batch.push(Object.assign(emptyRow(), sent), charged);
  }
  return batch.columns();
};

const charge = (groupId: string): Charge => ({ groupId, costMicros: 1, rating: 'reported', priceVersion: '' });
const moved = (taskId: string, to: string | null): CorrectedRow => ({
  source: 's',
  id: taskId,
  taskId,
  userId: 'u',
  occurredAtMs: 0,
  skill: '',
  plugin: '',
  connector: '',
  model: '',
  trigger: '',
  scheduleId: '',
  before: charge('ops'),
  after: to === null ? null : charge(to),
});

describe('whose tasks are', () => {
  const known = (granted: readonly string[] = []) => {
    const index = new MemoryLocationIndex();
    const note = (position: number, rows: readonly Row[], uncounted: readonly number[] = []): void => {
      const left = uncounted.map((row) => ({ row }));
      indexTasks(index, position, columnsOf(rows), left, new Uint32Array(16));
    };
    return { index, note, owners: new TaskOwners(index, new Granted(granted)) };
  };

  it('is nobody’s before it is metered, then the first record’s', () => {
    const { note, owners } = known();
    assert.equal(owners.isForeign('t', ['eng']), false);
    note(1, [
      ['t', 'ops'],
      ['t', 'eng'],
    ]);
    note(2, [['t', 'eng']]);
    assert.equal(owners.isForeign('t', ['eng']), true);
    assert.equal(owners.isForeign('t', ['eng', 'ops']), false);
    assert.equal(owners.isForeign('other', ['eng']), false);
  });

  it('does not follow a record that does not count', () => {
    const { note, owners } = known();
    note(1, [['t', 'ops']], [0]);
    assert.equal(owners.isForeign('t', ['eng']), false);
    note(
      2,
      [
        ['t', 'ops'],
        ['t', 'eng'],
      ],
      [0],
    );
    assert.deepEqual([owners.isForeign('t', ['eng']), owners.isForeign('t', ['ops'])], [false, true]);
  });

  it('follows a re-attribution, and not a void', () => {
    const { index, note, owners } = known();
    note(1, [['t', 'ops']]);
    indexNewOwners(index, 2, [moved('t', null)]);
    assert.equal(owners.isForeign('t', ['eng']), true);
    indexNewOwners(index, 3, [moved('t', 'eng'), moved('t', 'eng')]);
    assert.equal(owners.isForeign('t', ['eng']), false);
    assert.equal(owners.isForeign('t', ['hr']), true);
    indexNewOwners(index, 3, [{ ...moved('t', null), before: charge('eng') }]);
    assert.equal(owners.isForeign('t', ['eng']), false, 'it stays with the group it was given to, void or not');
    assert.equal(owners.isForeign('t', ['ops']), true, 'it is no longer of the group it was taken from');
    indexNewOwners(index, 4, [moved('t', 'hr')]);
    assert.deepEqual([owners.isForeign('t', ['eng']), owners.isForeign('t', ['hr'])], [true, false]);
  });

  it('is also of those who were granted fan-outs for it', () => {
    const { note, owners } = known(['eng']);
    assert.deepEqual([owners.isForeign('t', ['eng']), owners.isForeign('t', ['ops'])], [false, true]);
    note(1, [['t', 'ops']]);
    assert.deepEqual([owners.isForeign('t', ['eng']), owners.isForeign('t', ['ops'])], [false, false]);
  });
});
