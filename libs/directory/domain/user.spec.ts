import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import fc from 'fast-check';
import { isRefusal } from '#kernel/refusal.js';
import { givenFor, refusal } from '#test/support/given.js';
import { userEvent, type UserEvent } from './directory.events.js';
import { groupOn } from './memberships.js';
import { type UserCommand, userDecider } from './user.js';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const put = (data: Partial<UserCommand['data']>): UserCommand => ({
  type: 'PutUser',
  data: { userId: 'u-ana', name: 'Ana', groupId: 'eng', ...data },
  meta: { commandId: 'c1', nowMs, actor: 'apiKey:k1', reason: '' },
});
const given = givenFor(userDecider);

const provisioned = (name: string, email?: string): UserEvent => ({
  type: 'UserProvisioned',
  data: { userId: 'u-ana', name, ...(email !== undefined && { email }) },
});
const member = (groupId: string, from: string): UserEvent => ({
  type: 'MembershipChosen',
  data: { userId: 'u-ana', groupId, from },
});
const now = '2026-11-20T12:00:00.000Z';
const inEng = [provisioned('Ana'), member('eng', '2026-11-01T00:00:00.000Z')];

describe('PutUser', () => {
  const table: readonly [
    what: string,
    given: readonly UserEvent[],
    when: Partial<UserCommand['data']>,
    then: readonly UserEvent[],
  ][] = [
    ['the first membership has always been', [], {}, [provisioned('Ana'), member('eng', '0001-01-01T00:00:00.000Z')]],
    [
      'a membership may begin in the past',
      [],
      { fromMs: Date.parse('2026-10-01T02:00:00+02:00') },
      [provisioned('Ana'), member('eng', '2026-10-01T00:00:00.000Z')],
    ],
    ['the same again changes nothing', inEng, {}, []],
    ['a name changes alone', inEng, { name: 'Ana Lima' }, [provisioned('Ana Lima')]],
    ['an address comes', inEng, { email: 'ana@example.com' }, [provisioned('Ana', 'ana@example.com')]],
    [
      'an address goes when it is left out',
      [provisioned('Ana', 'a@example.com'), ...inEng.slice(1)],
      {},
      inEng.slice(0, 1),
    ],
    ['a change of group begins now', inEng, { groupId: 'ops' }, [member('ops', now)]],
    [
      'a change may be announced',
      inEng,
      { groupId: 'ops', fromMs: Date.parse('2026-12-01T00:00:00Z') },
      [member('ops', '2026-12-01T00:00:00.000Z')],
    ],
    [
      'a change at the same instant replaces',
      inEng,
      { groupId: 'ops', fromMs: Date.parse('2026-11-01T00:00:00Z') },
      [member('ops', '2026-11-01T00:00:00.000Z')],
    ],
  ];
  for (const [what, past, when, then] of table) {
    it(what, () => {
      given(past).when(put(when)).then(then);
    });
  }

  const refused: readonly [when: Partial<UserCommand['data']>, detail: RegExp][] = [
    [{ userId: '' }, /^userId/],
    [{ name: 'x'.repeat(256) }, /^name/],
    [{ groupId: 'a\tb' }, /^groupId/],
    [{ email: '' }, /^email/],
    [{ fromMs: Number.NaN }, /^from must/],
    [{ fromMs: 0.5 }, /^from must/],
    [{ fromMs: Date.parse('9999-12-31T23:59:59.999Z') + 1 }, /^from must/],
    [{ fromMs: Date.parse('0001-01-01T00:00:00Z') - 1 }, /^from must/],
  ];
  for (const [when, detail] of refused) {
    it(`refuses ${JSON.stringify(when).slice(0, 30)}`, () => {
      given([]).when(put(when)).then(refusal('invalidValue', detail));
    });
  }

  const anyPut = fc.record({
    name: fc.constantFrom('Ana', 'Ana Lima'),
    groupId: fc.constantFrom('eng', 'ops', 'law'),
    fromMs: fc.integer({ min: -3, max: 3 }).map((days) => nowMs + days * millisecondsInDay),
  });

  it('does what it was asked, says nothing the second time, and replays to the same state', () => {
    fc.assert(
      fc.property(fc.array(anyPut, { maxLength: 10 }), (puts) => {
        let user = given([]);
        for (const data of puts) {
          const { outcome } = user.when(put(data));
          assert.ok(!isRefusal(outcome));
          user = user.and(outcome.map((event) => userEvent.parse(event)));
          assert.equal(user.state.name, data.name);
          assert.equal(groupOn(user.state.memberships, data.fromMs), data.groupId);
          assert.deepEqual(given(user.events).state, user.state);
          user.when(put(data)).then([]);
        }
      }),
    );
  });
});
