import assert from 'node:assert/strict';
import { changeOf, groupsOfEvent } from './changes.js';

const all = { rows: 100, uncounted: [] };
const row = { id: 'r-1', before: { groupId: 'eng' }, after: { groupId: 'ops' } };
const event = (type: string, data: object) => ({ type, stream: 's', data });

describe('what the audit shows of an event', () => {
  it('has no hash of a key', () => {
    const key = { keyId: 'k', name: 'n', role: 'admin', groups: null, source: null, expiresAt: null };
    assert.deepEqual(changeOf(event('ApiKeyCreated', { ...key, secretHash: 'f'.repeat(64) }), all), key);
    const free = { ...key, zeroCostIsFree: true };
    assert.deepEqual(changeOf(event('ApiKeyCreated', { ...free, secretHash: 'f'.repeat(64) }), all), free);
  });

  it('sums up metering, without the rows that do not count', () => {
    const data = { count: 3, words: ['', 'eng', 'ops'], groupId: [1, 2, 1], costMicros: [5, 7, 11] };
    const metered = event('RecordsMetered', data);
    assert.deepEqual(changeOf(metered, all), { records: 3, groups: ['eng', 'ops'], spentMicros: 23 });
    const summary = { records: 2, groups: ['eng'], spentMicros: 16 };
    assert.deepEqual(changeOf(metered, { rows: 100, uncounted: [1] }), summary);
  });

  it('cuts rows short and says how many there are', () => {
    const corrected = event('RecordsCorrected', { jobId: 'j', rows: Array.from({ length: 101 }, () => row) });
    const rows = Array.from({ length: 100 }, () => row);
    assert.deepEqual(changeOf(corrected, all), { jobId: 'j', rows, rowCount: 101 });
  });

  it('says of a sum beyond 2^53 - 1 only its digits', () => {
    const basis = { kind: 'actual', actualMicros: 2 ** 53 - 1 };
    const exact = { actualMicrosExact: '9007199254740992' };
    assert.deepEqual(changeOf(event('CapDerived', { groupId: 'eng', basis }), all), { groupId: 'eng', basis });
    assert.deepEqual(changeOf(event('CapDerived', { groupId: 'eng', basis: { ...basis, ...exact } }), all), {
      groupId: 'eng',
      basis: { ...basis, ...exact, actualMicros: null },
    });
    const metered = { count: 2, words: ['', 'eng'], groupId: [1, 1], costMicros: [2 ** 53 - 1, 1] };
    assert.deepEqual(changeOf(event('RecordsMetered', metered), all), {
      ...{ records: 2, groups: ['eng'], spentMicros: null, spentMicrosExact: '9007199254740992' },
    });
    const ended = { fanOutId: 'fo_1', spentMicros: 2 ** 53 - 1, spentMicrosExact: '9007199254740992' };
    assert.deepEqual(changeOf(event('FanOutReleased', ended), all), { ...ended, spentMicros: null });
  });

  it('says instants as people do', () => {
    const [fromMs, toMs] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 2)];
    const [from, to] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
    const moved = event('ReattributionStarted', { jobId: 'j', fromMs, toMs, groupId: 'ops' });
    assert.deepEqual(changeOf(moved, all), { jobId: 'j', groupId: 'ops', from, to });
    assert.deepEqual(changeOf(event('ReratingStarted', { jobId: 'j', fromMs }), all), { jobId: 'j', from });
    const ranged = event('RangeReratingStarted', { jobId: 'j', fromMs, toMs, dryRun: true });
    assert.deepEqual(changeOf(ranged, all), { jobId: 'j', dryRun: true, from, to });
  });
});

describe('the groups an event concerns', () => {
  const table: readonly [type: string, data: object, groups: readonly string[]][] = [
    ['GroupRenamed', { groupId: 'eng', name: 'E' }, ['eng']],
    ['UserProvisioned', { userId: 'ana', name: 'Ana' }, []],
    ['MembershipChosen', { userId: 'ana', groupId: 'eng' }, ['eng']],
    ['ApiKeyCreated', { groups: ['eng', 'ops'] }, ['eng', 'ops']],
    ['ApiKeyCreated', { groups: null }, []],
    ['CapPolicySet', { groupId: null }, []],
    ['CapDerived', { groupId: 'eng' }, ['eng']],
    ['AlertRaised', { groupId: 'eng' }, ['eng']],
    ['RecordVoided', { rows: [{ ...row, after: null }] }, ['eng']],
    ['RecordsCorrected', { rows: [row, row] }, ['eng', 'ops']],
    ['ReattributionStarted', { groupId: 'ops', filter: { group: 'eng' } }, ['ops', 'eng']],
    ['ReratingStarted', { jobId: 'j' }, []],
    ['FanOutGranted', { fanOutId: 'fo_1', groupId: 'eng' }, ['eng']],
    ['FanOutReleased', { fanOutId: 'fo_1' }, []],
    ['LimitsSet', { groupId: null }, []],
    ['LimitsSet', { groupId: 'eng' }, ['eng']],
    ['PeriodClosed', { period: '2026-10' }, []],
    ['FanOutsDenied', { denials: [{ groupId: 'eng' }, { groupId: 'ops' }, { groupId: 'eng' }] }, ['eng', 'ops']],
  ];
  for (const [type, data, groups] of table) {
    it(`${type} ${JSON.stringify(groups)}`, () => {
      assert.deepEqual(groupsOfEvent(event(type, data)), groups);
    });
  }
});
