import { stepOf, type Step } from './consumption.js';
import type { Team } from './fleet.js';
import type { Schedule } from './schedules.js';
import { instantAt, instantOfShare } from './shape.js';
import type { Task, Workday } from './workday.js';

/** Somebody sits with an agent, or sends a fleet of them off. */
export const startedTree = (workday: Workday, team: Team, userId: string): Step[] => {
  const { random, midnight } = workday;
  const atMs = instantOfShare(midnight, random.next());
  const skill = random.pick(team.skills);
  return random.chance(0.25)
    ? fanOut(workday, team, { userId, skill }, atMs)
    : session(workday, team, { userId, skill }, atMs);
};

/** One run of a schedule. Its sender knows which group to charge, and says so. */
export const scheduledRun = (workday: Workday, team: Team, userId: string, run: Schedule, minute: number): Step[] => {
  const task: Task = {
    source: 'scheduler',
    taskId: workday.name('t'),
    userId,
    groupId: team.groupId,
    trigger: 'scheduled',
    scheduleId: run.scheduleId,
    skill: run.skill,
    ...(run.batch && { batch: true }),
  };
  return stepsOf(workday, team, task, instantAt(workday.midnight, minute), run.steps);
};

type Who = Pick<Task, 'userId' | 'skill'>;

const session = (workday: Workday, team: Team, who: Who, atMs: number): Step[] => {
  const { random } = workday;
  const task: Task = { ...who, source: 'desk', taskId: workday.name('t'), trigger: 'interactive' };
  const own = stepsOf(workday, team, task, atMs, random.between(1, 7));
  return random.chance(0.3) ? [...own, ...subtask(workday, team, task, own[0].atMs)] : own;
};

/** A dispatched task and its items, each a task of its own; some items start one more. */
const fanOut = (workday: Workday, team: Team, who: Who, atMs: number): Step[] => {
  const { random } = workday;
  const root: Task = { ...who, source: 'dispatcher', taskId: workday.name('t'), trigger: 'dispatch' };
  const fanOutId = workday.name('f');
  const steps = stepsOf(workday, team, root, atMs, 1);
  for (let item = random.between(4, 20); item > 0; item--) {
    const child: Task = { ...subtaskOf(workday, root), fanOutId };
    const own = stepsOf(workday, team, child, atMs + random.between(2_000, 60_000), 1);
    steps.push(...own);
    if (random.chance(0.1)) steps.push(...subtask(workday, team, child, own[0].atMs));
  }
  return steps;
};

const subtask = (workday: Workday, team: Team, parent: Task, atMs: number): Step[] =>
  stepsOf(workday, team, subtaskOf(workday, parent), atMs + 5_000, workday.random.between(1, 3));

const subtaskOf = (workday: Workday, parent: Task): Task => ({
  ...parent,
  taskId: workday.name('t'),
  parentTaskId: parent.taskId,
  trigger: 'subtask',
});

const stepsOf = (workday: Workday, team: Team, task: Task, fromMs: number, count: number): Step[] => {
  const steps: Step[] = [];
  let atMs = fromMs;
  for (let step = 0; step < count; step++) {
    atMs += workday.random.between(1_000, 120_000);
    steps.push(stepOf(workday, team, task, atMs));
  }
  return steps;
};
