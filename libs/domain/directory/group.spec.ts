import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { groupEvent, type GroupEvent } from './directory.events.js';
import { type Group, groupDecider } from './group.js';

const meta = { commandId: 'c1', nowMs: 0, actor: 'apiKey:k1', reason: '' };
const after = (past: readonly GroupEvent[]): Group => past.reduce(groupDecider.evolve, groupDecider.initial);
const put = (name: string, groupId = 'eng') => ({ type: 'PutGroup', data: { groupId, name }, meta }) as const;

const created: GroupEvent = { type: 'GroupCreated', data: { groupId: 'eng', name: 'Engineering' } };
const renamed: GroupEvent = { type: 'GroupRenamed', data: { groupId: 'eng', name: 'Product' } };

describe('PutGroup', () => {
  const table: readonly [given: readonly GroupEvent[], name: string, then: readonly GroupEvent[]][] = [
    [[], 'Engineering', [created]],
    [[created], 'Engineering', []],
    [[created], 'Product', [renamed]],
    [[created, renamed], 'Product', []],
  ];
  for (const [given, name, then] of table) {
    it(`given ${given.at(-1)?.type ?? 'nothing'}, when it is to be ${name}, then ${then.at(0)?.type ?? 'nothing'}`, () => {
      assert.deepEqual(groupDecider.decide(put(name), after(given)), then);
    });
  }

  const bad = ['', 'a\nb', '\u0000', '\u0085', 'half \ud800', 'x'.repeat(256)];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text).slice(0, 20)} as a name and as an id`, () => {
      for (const command of [put(text), put('fine', text)]) {
        const refusal = groupDecider.decide(command, groupDecider.initial);
        assert.ok(isRefusal(refusal));
        assert.equal(refusal.code, 'invalidValue');
      }
    });
  }

  it('says nothing the second time, and only what its schema knows', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' })), (names) => {
        let group = groupDecider.initial;
        for (const name of names) {
          const events = groupDecider.decide(put(name), group);
          if (isRefusal(events)) continue;
          for (const event of events) assert.deepEqual(groupEvent.parse(event), event);
          group = events.reduce(groupDecider.evolve, group);
          assert.deepEqual(groupDecider.decide(put(name), group), []);
        }
      }),
    );
  });
});
