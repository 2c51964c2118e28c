import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { calendarOf } from '#kernel/calendar.js';
import { weekdayOf } from '#kernel/days.js';
import { formatInstant } from '#kernel/instants.js';
import { meteringRecord, type MeteringRecord } from '#metering/domain/metering-record.js';
import { triggerNames } from '#metering/domain/record-values.js';
import { readRecord } from '#metering/domain/read-record.js';
import { emptyRow } from '#metering/domain/record-row.js';
import { emailOf, teams, userIdOf } from './fleet.js';
import { demoDays, demoRecords } from './generate.js';
import { schedules } from './schedules.js';
import { fleetTimeZone } from './shape.js';
import { doubling, idleSchedule, late, newConnector, runaway, unpriced } from './stories.js';

const noonMs = Date.parse('2026-11-20T12:00:00Z');
const eveningMs = Date.parse('2026-11-20T21:30:00Z');
const records = [...demoRecords(eveningMs)];

const fleetCalendar = calendarOf(fleetTimeZone);
const today = fleetCalendar.dayOf(eveningMs);
const dayOf = ({ occurredAt }: MeteringRecord): number => fleetCalendar.dayOf(Date.parse(occurredAt));
const daysAgo = (record: MeteringRecord): number => today - dayOf(record);
const isWeekend = (record: MeteringRecord): boolean => weekdayOf(dayOf(record)) > 5;

/** About what a record costs, in USD, at the prices of one model for all. */
const roughCost = ({ usage = {} }: MeteringRecord): number => {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheWrite5mTokens = 0 } = usage;
  return (inputTokens * 2 + outputTokens * 10 + cacheReadTokens * 0.2 + cacheWrite5mTokens * 2.5) / 1e6;
};
const costOf = (some: readonly MeteringRecord[]): number => some.reduce((sum, record) => sum + roughCost(record), 0);

const hashOf = (some: readonly MeteringRecord[]): string =>
  createHash('sha256').update(JSON.stringify(some)).digest('hex');

const groupOfUser = new Map(teams.flatMap(({ groupId, members }) => members.map((name) => [userIdOf(name), groupId])));

describe('the fleet', () => {
  it('is 80 people with an id and an address each, in 8 groups', () => {
    const people = teams.flatMap(({ members }) => members);
    assert.equal(teams.length, 8);
    assert.equal(new Set(people.map(userIdOf)).size, 80);
    assert.equal(new Set(people.map(emailOf)).size, 80);
    assert.ok(groupOfUser.has(runaway.userId) && groupOfUser.has(late.userId));
  });

  it('has schedules with an owner and a name of their own', () => {
    assert.equal(new Set(schedules.map(({ scheduleId }) => scheduleId)).size, schedules.length);
    for (const { groupId, owner } of schedules) {
      assert.ok(teams.some((team) => team.groupId === groupId && owner < team.members.length));
    }
  });
});

describe('the records of the fleet', () => {
  it('are the same for the same day, and only become more as it goes on', () => {
    const untilNoon = [...demoRecords(noonMs)];
    assert.ok(untilNoon.length < records.length);
    assert.equal(hashOf(untilNoon), hashOf(records.slice(0, untilNoon.length)));
  });

  it('are about 150,000, of 13 weeks', () => {
    assert.ok(records.length > 140_000 && records.length < 160_000, String(records.length));
    assert.equal(new Set(records.map(({ id }) => id.slice(0, 'demo-2026-11-21'.length))).size, demoDays);
  });

  it('are all taken by the reader, and a sample by the schema', () => {
    const row = emptyRow();
    for (const record of records) assert.equal(readRecord(record, '', row), undefined);
    for (let place = 0; place < records.length; place += 97) meteringRecord.parse(records[place]);
  });

  it('have an id each, and none is in the future', () => {
    assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
    const end = formatInstant(eveningMs);
    assert.ok(records.every(({ occurredAt }) => occurredAt <= end));
  });

  it('are many on workdays and few on weekends', () => {
    const onWeekends = records.filter(isWeekend).length / (13 * 2);
    const onWorkdays = records.filter((record) => !isWeekend(record)).length / (13 * 5);
    assert.ok(onWorkdays / onWeekends > 5 && onWorkdays / onWeekends < 15, String(onWorkdays / onWeekends));
  });

  it('form trees: fan-outs, and tasks up to two below the one that began', () => {
    const parents = new Map(records.map(({ taskId, parentTaskId }) => [taskId, parentTaskId]));
    const depths = new Set(
      records.map(({ taskId }) => {
        let depth = 0;
        for (let parent = parents.get(taskId); parent !== undefined; parent = parents.get(parent)) depth++;
        return depth;
      }),
    );
    assert.deepEqual([...depths].sort(), [0, 1, 2]);
    assert.ok(new Set(records.map(({ fanOutId }) => fanOutId)).size > 1_000);
  });

  it('are of every kind', () => {
    assert.deepEqual(new Set(records.map(({ trigger }) => trigger)), new Set(triggerNames));
    assert.ok(records.some(({ batch }) => batch === true));
    assert.ok(records.some(({ costMicros }) => costMicros !== undefined));
    assert.ok(records.some(({ model, sourceCount = 0 }) => sourceCount > 100 && model?.endsWith('[1m]')));
  });
});

describe('the stories', () => {
  it('tell of a group whose spend doubles in the last two weeks', () => {
    const ofGroup = records.filter(({ userId }) => groupOfUser.get(userId) === doubling.groupId);
    const last = costOf(ofGroup.filter((record) => daysAgo(record) < 14));
    const before = costOf(ofGroup.filter((record) => daysAgo(record) >= 14 && daysAgo(record) < 28));
    assert.ok(last / before > 1.8 && last / before < 2.4, String(last / before));
  });

  it('tell of a schedule that ran away with its user three days ago', () => {
    const runs = records.filter(({ scheduleId }) => scheduleId === runaway.scheduleId);
    const since = runs.filter((record) => daysAgo(record) < runaway.sinceDaysAgo);
    assert.ok(runs.every(({ userId }) => userId === runaway.userId));
    assert.ok(since.length > 10 * (runs.length - since.length));
  });

  it('tell of a schedule that runs every night and says next to nothing', () => {
    const runs = records.filter(({ scheduleId }) => scheduleId === idleSchedule);
    assert.equal(new Set(runs.map(dayOf)).size, demoDays);
    assert.ok(runs.every(({ usage }) => (usage?.outputTokens ?? 0) < 100));
  });

  it('tell of a model without a price, in one group only', () => {
    const users = records.filter(({ model }) => model === unpriced.model).map(({ userId }) => userId);
    assert.deepEqual(new Set(users.map((userId) => groupOfUser.get(userId))), new Set([unpriced.groupId]));
  });

  it('tell of a connector that a plugin loads since five days', () => {
    const loads = records.filter(({ connector }) => connector === newConnector.connector);
    assert.ok(loads.length > 20, String(loads.length));
    assert.ok(loads.every((record) => daysAgo(record) < newConnector.sinceDaysAgo));
    assert.ok(loads.every(({ plugin }) => plugin?.startsWith(newConnector.plugin)));
  });

  it('tell of somebody who worked before being provisioned, naming no group', () => {
    const unassigned = records.filter(
      (record) => record.userId === late.userId && daysAgo(record) >= late.provisionedDaysAgo,
    );
    assert.ok(unassigned.length > 100, String(unassigned.length));
    assert.ok(unassigned.every(({ groupId }) => groupId === undefined));
  });
});
