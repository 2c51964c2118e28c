import type { CommandOf, Decider } from '#kernel/decider.js';
import { limits, type Limits, type LimitsEvent } from './limits.events.js';

/** Nothing set: concurrency is not limited, and the defaults of docs/domain.md (The fan-out) apply to the rest. */
export const noLimits: Limits = {
  maxConcurrency: null,
  maxConcurrencyPerUser: null,
  maxItemsPerFanOut: null,
  maxTreeDepth: null,
  maxTreeItems: null,
  maxSpawnsPerMinute: null,
  paused: false,
};

/**
 * The most items that one fan-out may ask for. So no sum of items or slots comes near 2^53, however many fan-outs live:
 * every count in an answer is exact.
 */
export const mostItems = 1_000_000;

const defaults = { maxItemsPerFanOut: 200, maxTreeDepth: 3, maxTreeItems: 1_000, maxSpawnsPerMinute: 300 };

/** What one request is held to. Null: no limit. */
export interface EffectiveLimits {
  readonly organisationConcurrency: number | null;
  readonly groupConcurrency: number | null;
  readonly userConcurrency: number | null;
  readonly itemsPerFanOut: number;
  readonly treeDepth: number;
  readonly treeItems: number;
  readonly spawnsPerMinute: number;
  readonly organisationPaused: boolean;
  readonly groupPaused: boolean;
}

/** The group's own limits go before the organisation's, and those before the defaults; each scope has its own slots. */
export const effectiveLimits = (organisation: Limits, group: Limits): EffectiveLimits => ({
  organisationConcurrency: organisation.maxConcurrency,
  groupConcurrency: group.maxConcurrency,
  userConcurrency: group.maxConcurrencyPerUser ?? organisation.maxConcurrencyPerUser,
  itemsPerFanOut: group.maxItemsPerFanOut ?? organisation.maxItemsPerFanOut ?? defaults.maxItemsPerFanOut,
  treeDepth: group.maxTreeDepth ?? organisation.maxTreeDepth ?? defaults.maxTreeDepth,
  treeItems: group.maxTreeItems ?? organisation.maxTreeItems ?? defaults.maxTreeItems,
  spawnsPerMinute: group.maxSpawnsPerMinute ?? organisation.maxSpawnsPerMinute ?? defaults.maxSpawnsPerMinute,
  organisationPaused: organisation.paused,
  groupPaused: group.paused,
});

/** What is left out stays as it is; null takes a limit away. */
/** Null: the organisation. */
export interface LimitsOfScope {
  readonly groupId: string | null;
  readonly limits: LimitChanges;
}
export type LimitsCommand = CommandOf<'SetLimits', LimitsOfScope>;
export type LimitChanges = { readonly [Name in keyof Limits]?: Limits[Name] | undefined };

const decide = ({ data: { groupId, limits: changes } }: LimitsCommand, current: Limits): readonly LimitsEvent[] => {
  const wanted = limits.parse({ ...current, ...changes });
  return JSON.stringify(wanted) === JSON.stringify(current)
    ? []
    : [{ type: 'LimitsSet', data: { groupId, limits: wanted } }];
};

/** Decides on `limits-<groupId>` and `organisationLimits`. */
export const limitsDecider: Decider<LimitsCommand, Limits, LimitsEvent> = {
  initial: noLimits,
  evolve: (_limits, { data }) => data.limits,
  decide,
};
