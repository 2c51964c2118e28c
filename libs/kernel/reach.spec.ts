import assert from 'node:assert/strict';
import { groupsOf, isForeign, type Reach, reaches } from './reach.js';

describe('what a key reaches', () => {
  it('is the groups it is limited to, or all', () => {
    assert.deepEqual(groupsOf({ groups: ['eng', 'ops'] }), ['eng', 'ops']);
    assert.equal(groupsOf({ groups: null }), undefined);
  });

  const rows: readonly (readonly [reach: Reach, groupId: string | null, does: boolean])[] = [
    [undefined, 'eng', true],
    [undefined, null, true],
    [['eng'], 'eng', true],
    [['eng'], 'ops', false],
    [['eng'], null, false],
  ];
  for (const [reach, groupId, does] of rows) {
    it(`${String(reach ?? 'all')}: ${groupId ?? 'the organisation'} ${does ? 'yes' : 'no'}`, () => {
      assert.equal(reaches(reach, groupId), does);
    });
  }

  const owned: readonly (readonly [reach: Reach, owners: readonly string[], foreign: boolean])[] = [
    [undefined, ['ops'], false],
    [['eng'], [], false],
    [['eng'], ['eng'], false],
    [['eng'], ['ops', 'eng'], false],
    [['eng'], ['ops'], true],
    [['eng', 'hr'], ['ops', 'unassigned'], true],
  ];
  for (const [reach, owners, foreign] of owned) {
    const what = owners.length === 0 ? 'nobody' : owners.join(' and ');
    it(`${String(reach ?? 'all')}: what is of ${what} is ${foreign ? '' : 'not '}foreign`, () => {
      assert.equal(isForeign(reach, owners), foreign);
    });
  }
});
