import assert from 'node:assert/strict';
import { historyOf, isBefore, precededBy, subjectOf } from './subjects.js';

const row = { source: 'test', id: 'r-1', before: { groupId: 'eng' }, after: { groupId: 'ops' } };
const table: readonly [type: string, data: object, subject: string][] = [
  ['GroupCreated', { groupId: 'eng', name: 'Eng' }, 'group eng'],
  ['GroupRenamed', { groupId: 'eng', name: 'Engineering' }, 'group eng'],
  ['UserProvisioned', { userId: 'ana', name: 'Ana' }, 'user ana'],
  ['MembershipChosen', { userId: 'ana', groupId: 'eng', from: '2026-11-01T00:00:00Z' }, 'user ana'],
  ['OrganisationNamed', { name: 'Acme' }, 'organisation organisation'],
  ['OrganisationFixed', {}, 'organisation organisation'],
  ['PricePublished', { model: 'acme-1' }, 'price acme-1'],
  ['FallbackPricePublished', {}, 'price fallback'],
  ['PriceAliasPublished', { alias: 'us.anthropic.*' }, 'priceAlias us.anthropic.*'],
  ['BuiltInPricesAdopted', { edition: 2 }, 'price builtIn'],
  ['ApiKeyCreated', { keyId: 'k-1' }, 'apiKey k-1'],
  ['ApiKeyRevoked', { keyId: 'k-1' }, 'apiKey k-1'],
  ['TaskFinished', { taskId: 't-1' }, 'task t-1'],
  ['RecordVoided', { rows: [row] }, 'record test/r-1'],
  ['RecordsCorrected', { jobId: 'j-1', rows: [row] }, 'corrections j-1'],
  ['ReratingStarted', { jobId: 'j-1' }, 'corrections j-1'],
  ['ReattributionStarted', { jobId: 'j-1' }, 'corrections j-1'],
  ['CorrectionFinished', { jobId: 'j-1' }, 'corrections j-1'],
  ['PeriodEnded', { period: '2026-10' }, 'period 2026-10'],
  ['PeriodClosed', { period: '2026-10' }, 'period 2026-10'],
  ['CapPolicySet', { groupId: 'eng' }, 'capPolicy eng'],
  ['CapToppedUp', { groupId: null }, 'capPolicy organisation'],
  ['CapDerived', { groupId: 'eng', period: '2026-10' }, 'cap eng/2026-10'],
  ['CapDerived', { groupId: null, period: '2026-10' }, 'cap organisation/2026-10'],
  ['AlertRaised', { alertId: 'a-1', groupId: 'eng' }, 'alert a-1'],
  ['FanOutGranted', { fanOutId: 'fo_1', groupId: 'eng' }, 'fanOut fo_1'],
  ['LimitsSet', { groupId: null }, 'limits organisation'],
  ['LimitsSet', { groupId: 'eng' }, 'limits eng'],
  ['AlertFeedbackGiven', { alertId: 'a-1', groupId: null }, 'alert a-1'],
  ['AuditSealed', { upToPosition: 3 }, 'audit s'],
  ['ClockConfirmed', { wallAt: '2027-11-30T00:00:00.000Z' }, 'clock s'],
  ['RecordsMetered', {}, 'stream s'],
  ['SomethingNew', { groupId: 'eng' }, 'stream s'],
  ['constructor', {}, 'stream s'],
];

describe('what an event is about', () => {
  for (const [type, data, subject] of table) {
    it(`${type}: ${subject}`, () => {
      const { kind, id } = subjectOf({ type, stream: 's', data });
      assert.equal(`${kind} ${id}`, subject);
    });
  }
});

describe('what was before an event', () => {
  it('stands in its own stream, but of an owner key in that of the key', () => {
    const revoked = { type: 'ApiKeyRevoked', data: { keyId: 'k-1' }, revision: 7 };
    assert.deepEqual(historyOf({ ...revoked, stream: 'ownerKeys' }), { stream: 'apiKey-k-1', end: 1 });
    assert.deepEqual(historyOf({ ...revoked, stream: 'apiKey-k-1' }), { stream: 'apiKey-k-1', end: 7 });
  });

  const event = (type: string, data: object) => ({ type, stream: 's', data });
  const pairs: readonly [earlier: string, later: string, isBefore: boolean][] = [
    ['GroupCreated', 'GroupRenamed', true],
    ['GroupRenamed', 'GroupRenamed', true],
    ['UserProvisioned', 'MembershipChosen', false],
    ['MembershipChosen', 'MembershipChosen', true],
    ['CapPolicySet', 'CapPolicySet', true],
    ['CapToppedUp', 'CapPolicySet', false],
    ['ApiKeyCreated', 'ApiKeyRevoked', true],
    ['AlertRaised', 'AlertUpdated', true],
    ['AlertUpdated', 'AlertResolved', true],
    ['AlertResolved', 'AlertResolved', false],
    ['AlertRaised', 'AlertAcknowledged', true],
    ['AlertUpdated', 'AlertRaised', false],
    ['CapToppedUp', 'CapToppedUp', false],
    ['CapDerived', 'CapDerived', true],
    ['OrganisationNamed', 'CurrencyChosen', false],
    ['PeriodEnded', 'PeriodClosed', false],
    ['CorrectionsEstimated', 'CorrectionsEstimated', false],
    ['constructor', 'constructor', true],
  ];
  for (const [earlier, later, expected] of pairs) {
    it(`${earlier} is ${expected ? '' : 'not '}before ${later}`, () => {
      const data = { groupId: 'eng', userId: 'ana', keyId: 'k-1', alertId: 'a-1', period: '2026-10' };
      assert.equal(isBefore(event(earlier, data), event(later, data)), expected);
    });
  }

  it('is about the same thing where a stream holds several', () => {
    const [a, b] = ['a', 'b'].map((model) => event('PricePublished', { model }));
    assert.deepEqual([isBefore(a, a), isBefore(a, b)], [true, false]);
    const [one, other] = ['x', 'y'].map((alias) => event('PriceAliasPublished', { alias }));
    assert.deepEqual([isBefore(one, one), isBefore(one, other)], [true, false]);
  });

  it('is nothing where an event says what is said once', () => {
    assert.deepEqual(precededBy('TaskFinished'), []);
  });
});
