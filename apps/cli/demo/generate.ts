import type { TZDate } from '@date-fns/tz';
import { isMonday } from 'date-fns/isMonday';
import { isWeekend } from 'date-fns/isWeekend';
import { subDays } from 'date-fns/subDays';
import { formatInstant } from '#kernel/instants.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import type { Step } from './consumption.js';
import { type Team, teams, userIdOf } from './fleet.js';
import type { Weighted } from './prng.js';
import { type Schedule, schedules } from './schedules.js';
import { dayWeight, fleetDayAt } from './shape.js';
import { isAtWork, runawayMinutes, workFactor } from './stories.js';
import { scheduledRun, startedTree } from './trees.js';
import { type Workday, workdayOf } from './workday.js';

/** 13 weeks, today included. */
export const demoDays = 91;

const seed = 20_261_121;

/**
 * What the fleet metered in 13 weeks, day by day and in order of time within a day. The day of `nowMs` (milliseconds
 * since 1970) decides what there is; its time of day only, how much of today has happened yet.
 */
export function* demoRecords(nowMs: number): Generator<MeteringRecord> {
  const today = fleetDayAt(nowMs);
  for (let daysAgo = demoDays - 1; daysAgo >= 0; daysAgo--) {
    yield* recordsOn(workdayOf(seed, subDays(today, daysAgo), daysAgo), nowMs);
  }
}

function* recordsOn(workday: Workday, nowMs: number): Generator<MeteringRecord> {
  const steps = teams.flatMap((team) => [...startedWork(workday, team), ...scheduledWork(workday, team)]);
  steps.sort((a, b) => a.atMs - b.atMs);
  for (const [place, { atMs, record }] of steps.entries()) {
    if (atMs > nowMs) return;
    yield {
      ...record,
      id: `demo-${workday.date}-${String(place + 1).padStart(6, '0')}`,
      occurredAt: formatInstant(atMs),
    };
  }
}

const startedWork = (workday: Workday, team: Team): Step[] => {
  const { midnight, daysAgo, random } = workday;
  const wanted =
    team.recordsPerWorkday * dayWeight(midnight) * workFactor(team.groupId, daysAgo) * (0.92 + random.next() * 0.16);
  const members = membersAtWork(team, daysAgo);
  const steps: Step[] = [];
  while (steps.length < wanted) {
    const tree = startedTree(workday, team, random.weighted(members));
    for (const step of tree) steps.push(step);
  }
  return steps;
};

/** The first of a group do about twice as much as the last. */
const membersAtWork = ({ members }: Team, daysAgo: number): Weighted<string>[] =>
  members
    .map((name, place): Weighted<string> => [userIdOf(name), 1 / (1 + place * 0.12)])
    .filter(([userId]) => isAtWork(userId, daysAgo));

const scheduledWork = (workday: Workday, team: Team): Step[] =>
  schedules
    .filter(({ groupId }) => groupId === team.groupId)
    .flatMap((schedule) => {
      const userId = userIdOf(team.members[schedule.owner]);
      return minutesOf(schedule, workday).flatMap((minute) => scheduledRun(workday, team, userId, schedule, minute));
    });

const minutesOf = (schedule: Schedule, { midnight, daysAgo }: Workday): readonly number[] =>
  runawayMinutes(schedule, daysAgo) ?? (isDue(schedule, midnight) ? [schedule.atMinute] : []);

const isDue = ({ days }: Schedule, midnight: TZDate): boolean => {
  if (days === 'everyDay') return true;
  return days === 'mondays' ? isMonday(midnight) : !isWeekend(midnight);
};
