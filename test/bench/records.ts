import { millisecondsInDay } from 'date-fns/constants';
import type { MeteringRecord } from '#metering/domain/metering-record.js';

/**
 * The fleet every workload draws from (docs/performance.md): Zipf 1.0, 1 % duplicates, 0.5 % late, 0.1 % invalid. Everybody
 * belongs to one group, and one record in twenty is charged to another.
 */
const groups = 1_000;
const awayShare = 0.05;
export const users = 100_000;
const models = [
  'claude-sonnet-5-5',
  'claude-opus-5-5',
  'claude-haiku-5-5',
  'claude-sonnet-4-6',
  'claude-haiku-4-5',
  'claude-opus-4-8',
  'claude-sonnet-5',
  'unlisted-1',
];
const triggers = ['interactive', 'scheduled', 'dispatch', 'subtask'] as const;

/** mulberry32: a small generator with a seed (Tommy Ettinger, public domain). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};

export interface RecordsOptions {
  readonly seed: number;
  /** The latest instant a record occurs at, milliseconds since 1970. */
  readonly nowMs: number;
  /** Records occur evenly over so much time before; 0.5 % of them up to 30 days earlier. */
  readonly overMs: number;
  /** Share of records that repeat the one before, and of those that are not in order. */
  readonly duplicates: number;
  readonly invalid: number;
}

/** An endless, seeded stream of records of about 250 bytes. Ids are unique per seed. */
export const recordsOf = ({ seed, nowMs, overMs, duplicates, invalid }: RecordsOptions): (() => MeteringRecord) => {
  const random = seeded(seed);
  const rank = (count: number): number => rankAt(random(), count);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)];
  let made = 0;
  let last: MeteringRecord | undefined;
  const fresh = (): MeteringRecord => {
    const user = rank(users);
    const lateMs = random() < 0.005 ? random() * 30 * millisecondsInDay : 0;
    const plugin = random() < 0.2;
    return {
      source: `source-${String(user % 3)}`,
      id: `req_${String(seed)}_${String(made).padStart(9, '0')}`,
      taskId: `t-${String(seed)}-${String(Math.floor(made / 3))}`,
      userId: `u-${String(user)}`,
      groupId: `g-${String(random() < awayShare ? rank(groups) : groupOf(user))}`,
      occurredAt: new Date(nowMs - random() * overMs - lateMs).toISOString(),
      model: pick(models),
      usage: {
        inputTokens: Math.floor(random() * 8_000),
        outputTokens: Math.floor(random() * 900),
        cacheReadTokens: Math.floor(random() * 50_000),
      },
      trigger: pick(triggers),
      skill: `skill-${String(rank(20))}`,
      ...(plugin && { plugin: `plugin-${String(rank(8))}@1.0`, connector: `connector-${String(rank(6))}` }),
      ...(random() < 0.1 && { scheduleId: `schedule-${String(rank(200))}` }),
    };
  };
  return () => {
    if (last !== undefined && random() < duplicates) return last;
    made++;
    last = fresh();
    return random() < invalid ? { ...last, costMicros: -1 } : last;
  };
};

/** Zipf 1.0 through its inverse: exp(u x ln n) is the rank of u, which is at least 0 and below 1. */
const rankAt = (u: number, count: number): number => Math.min(count, Math.floor(Math.exp(u * Math.log(count + 1)))) - 1;

/** Neighbours are in different groups: multiples of the golden ratio spread evenly. */
const groupOf = (user: number): number => rankAt((user * 0.618_033_988_749_895) % 1, groups);
