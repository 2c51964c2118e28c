import assert from 'node:assert/strict';
import { assignRow } from './assign-row.js';

const assigned = (
  given: Record<string, unknown>,
  row: number,
  more: { groups?: number; rowsPerTask?: number } = {},
) => {
  const draft = { ...given };
  assignRow(draft, row, { source: 'trace', users: 20, groups: more.groups ?? 0, rowsPerTask: more.rowsPerTask ?? 1 });
  return draft;
};

describe('what a row is given', () => {
  it('never changes: who imports again in years must meet the same identities and the same content', () => {
    const row = (id: string, taskId: string, userId: string, groupId: string) => ({
      source: 'trace',
      id,
      taskId,
      userId,
      groupId,
    });
    assert.deepEqual(
      [1, 2, 3, 8819].map((number) => assigned({}, number, { groups: 4 })),
      [
        row('trace:1', 'trace:task-1', 'user-08', 'group-4'),
        row('trace:2', 'trace:task-2', 'user-19', 'group-3'),
        row('trace:3', 'trace:task-3', 'user-08', 'group-4'),
        row('trace:8819', 'trace:task-8819', 'user-03', 'group-3'),
      ],
    );
    assert.deepEqual(assigned({ taskId: 't-1', source: 'own' }, 5), {
      source: 'own',
      id: 'own:5',
      taskId: 't-1',
      userId: 'user-19',
    });
    assert.deepEqual(assigned({ userId: 'u-ana' }, 5, { groups: 4 }).groupId, 'group-4');
  });

  it('keeps what the row says', () => {
    const full = { source: 's', id: 'i', taskId: 't', userId: 'u', groupId: 'g' };
    assert.deepEqual(assigned(full, 7, { groups: 3 }), full);
  });

  it('is one user for all rows of a task, whether the task is given or not', () => {
    const users = [1, 2, 3].map((row) => assigned({}, row, { rowsPerTask: 3 }).userId);
    assert.equal(new Set(users).size, 1);
    assert.equal(assigned({ taskId: 't' }, 1).userId, assigned({ taskId: 't' }, 99).userId);
  });

  it('is one group for all rows of a user', () => {
    assert.equal(
      assigned({ userId: 'u' }, 1, { groups: 5 }).groupId,
      assigned({ userId: 'u' }, 99, { groups: 5 }).groupId,
    );
  });

  it('leaves the group to the service unless groups are asked for', () => {
    assert.equal(Object.hasOwn(assigned({}, 1), 'groupId'), false);
  });
});
