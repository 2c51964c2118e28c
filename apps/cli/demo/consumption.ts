import type { MeteringRecord } from '#metering/domain/metering-record.js';
import type { Team } from './fleet.js';
import { idleSchedule, newConnector } from './stories.js';
import { modelOn, pluginOn, plugins, tools } from './tooling.js';
import type { Task, Workday } from './workday.js';

/** One step of a task, before it has an id. */
export interface Step {
  readonly atMs: number;
  readonly record: Omit<MeteringRecord, 'id' | 'occurredAt'>;
}

/** Share of steps that a paid tool reports the cost of, instead of tokens. */
const reportedShare = 0.02;

export const stepOf = (workday: Workday, team: Team, task: Task, atMs: number): Step => {
  const { random } = workday;
  if (task.scheduleId === idleSchedule) return { atMs, record: { ...task, ...idleReading(workday) } };
  const consumed = random.chance(reportedShare) ? reportedCost(workday) : tokens(workday, team);
  return { atMs, record: { ...task, ...toolingOf(workday, team), ...consumed } };
};

const reportedCost = ({ random }: Workday) => ({
  tool: 'web-search',
  costMicros: random.between(5_000, 90_000),
  currency: 'USD',
  durationMs: random.between(300, 4_000),
});

const tokens = (workday: Workday, team: Team) => {
  const { random, date } = workday;
  const family = random.weighted(team.models);
  const model = modelOn(family, date);
  return family !== 'acme' && random.chance(team.longContext)
    ? { model: `${model}[1m]`, ...longContext(workday) }
    : { model, ...plainContext(workday) };
};

/** What the turns of one step add up to: most of the prompt comes from the cache, over and over. */
const plainContext = ({ random }: Workday) => ({
  usage: {
    inputTokens: random.amountAround(14_000, 0.8),
    outputTokens: random.amountAround(20_000, 0.7),
    cacheReadTokens: random.amountAround(900_000, 0.8),
    cacheWrite5mTokens: random.amountAround(60_000, 0.7),
  },
  durationMs: random.amountAround(90_000, 0.8),
});

const longContext = ({ random }: Workday) => ({
  usage: {
    inputTokens: random.amountAround(30_000, 0.6),
    outputTokens: random.amountAround(18_000, 0.6),
    cacheReadTokens: random.amountAround(2_600_000, 0.5),
    cacheWrite1hTokens: random.amountAround(180_000, 0.5),
  },
  durationMs: random.amountAround(240_000, 0.6),
  sourceCount: random.between(20, 400),
});

const idleReading = ({ random, date, daysAgo }: Workday) => ({
  plugin: pluginOn('site-tools', daysAgo),
  connector: 'web',
  model: modelOn('sonnet', date),
  usage: { inputTokens: random.amountAround(260_000, 0.3), outputTokens: random.between(20, 60) },
  durationMs: random.amountAround(20_000, 0.3),
});

const toolingOf = ({ random, daysAgo }: Workday, team: Team): Pick<MeteringRecord, 'plugin' | 'connector' | 'tool'> => {
  if (random.chance(0.4)) return { tool: random.pick(tools) };
  if (random.chance(0.2)) return {};
  const name = random.pick(team.plugins);
  return { plugin: pluginOn(name, daysAgo), connector: connectorOf(name, daysAgo, random) };
};

const connectorOf = (plugin: string, daysAgo: number, random: Workday['random']): string => {
  const { connector, sinceDaysAgo, share } = newConnector;
  const isNew = plugin === newConnector.plugin && daysAgo < sinceDaysAgo && random.chance(share);
  return isNew ? connector : random.pick(plugins[plugin].connectors);
};
