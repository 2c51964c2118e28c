import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { givenFor, refusal } from '#test/support/given.js';
import { groupEvent, type GroupEvent } from './directory.events.js';
import { groupDecider, type GroupCommand } from './group.js';

const meta = { commandId: 'c1', nowMs: 0, actor: 'apiKey:k1', reason: '' };
const given = givenFor(groupDecider);
const put = (name: string, groupId = 'eng'): GroupCommand => ({ type: 'PutGroup', data: { groupId, name }, meta });

const created: GroupEvent = { type: 'GroupCreated', data: { groupId: 'eng', name: 'Engineering' } };
const renamed: GroupEvent = { type: 'GroupRenamed', data: { groupId: 'eng', name: 'Product' } };

describe('PutGroup', () => {
  const table: readonly [given: readonly GroupEvent[], name: string, then: readonly GroupEvent[]][] = [
    [[], 'Engineering', [created]],
    [[created], 'Engineering', []],
    [[created], 'Product', [renamed]],
    [[created, renamed], 'Product', []],
  ];
  for (const [past, name, then] of table) {
    it(`given ${past.at(-1)?.type ?? 'nothing'}, when it is to be ${name}, then ${then.at(0)?.type ?? 'nothing'}`, () => {
      given(past).when(put(name)).then(then);
    });
  }

  const bad = ['', 'a\nb', '\u0000', '\u0085', 'half \ud800', 'x'.repeat(256)];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text).slice(0, 20)} as a name and as an id`, () => {
      given([]).when(put(text)).then(refusal('invalidValue', /^name/));
      given([])
        .when(put('fine', text))
        .then(refusal('invalidValue', /^groupId/));
    });
  }

  it('says nothing the second time, and only what its schema knows', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' })), (names) => {
        let group = given([]);
        for (const name of names) {
          const { outcome } = group.when(put(name));
          if (isRefusal(outcome)) continue;
          for (const event of outcome) assert.deepEqual(groupEvent.parse(event), event);
          group = group.and(outcome).when(put(name)).then([]);
        }
      }),
    );
  });
});
