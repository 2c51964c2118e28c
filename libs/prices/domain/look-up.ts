import { exactModel, undatedModel, withoutCloudVersion } from './model-name.js';
import type { PriceAlias } from './price-alias.js';
import { capturedBy, versionBehind } from './price-alias.js';
import { type PriceVersion, type Timeline, timelineOf } from './price-version.js';

/** One place to look for a price: a model's prices of one origin, while what leads there applies. */
export interface LookUpStep {
  /** `[fromMs, untilMs)`: when the alias that leads here applies; always, if none does. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly timeline: Timeline;
}

/** Where to look for the price of a model, in this order: the first price that is in force counts. */
export type LookUp = readonly LookUpStep[];

/** Everything that prices are looked up in. */
export interface PriceTables {
  /** By exact id. */
  readonly own: ReadonlyMap<string, Timeline>;
  readonly builtIn: ReadonlyMap<string, Timeline>;
  /** The longest first; of one spelling, earliest first. */
  readonly aliases: readonly (readonly PriceAlias[])[];
}

/** @param versions in the order of publication */
export const tablesOf = (versions: readonly PriceVersion[], aliases: readonly PriceAlias[]): PriceTables => ({
  own: timelinesOf(versions.filter(({ origin }) => origin === 'own')),
  builtIn: timelinesOf(versions.filter(({ origin }) => origin === 'builtIn')),
  aliases: [...groupedBy(aliases, ({ alias }) => alias).entries()]
    .sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1))
    .map(([, same]) => latestOfEach(same)),
});

/**
 * Where to look for the price of a model (docs/domain.md, Model names): the operator's exact id, the operator's aliases and
 * patterns (longest first), the operator's undated id, the built-in exact id, the built-in undated id; if there are only
 * dated prices of an undated id, the latest dated one that has begun.
 *
 * @param modelId as the sender wrote it
 */
export const lookUpOf = (tables: PriceTables, modelId: string): LookUp => {
  const exact = exactModel(modelId);
  return steps([
    always(tables.own.get(exact)),
    ...tables.aliases.flatMap((same) => behindAlias(tables, same, exact)),
    ...withoutAliases(tables, exact).slice(1),
  ]);
};

/** The look-up order without aliases; its first step is the operator's exact id. */
const withoutAliases = (tables: PriceTables, exact: string): (LookUpStep | undefined)[] => {
  const undated = undatedModel(exact);
  return [
    always(tables.own.get(exact)),
    always(tables.own.get(undated)),
    always(tables.builtIn.get(exact)),
    always(tables.builtIn.get(undated)),
    ...datedOf(tables.own, exact).map(always),
    ...datedOf(tables.builtIn, exact).map(always),
  ];
};

const behindAlias = (tables: PriceTables, same: readonly PriceAlias[], exact: string): (LookUpStep | undefined)[] =>
  same.flatMap((alias, place) => {
    const captured = capturedBy(alias.alias, exact);
    if (captured === undefined) return [];
    const target = alias.model ?? captured;
    const targets = alias.model === null ? [target, withoutCloudVersion(target)] : [target];
    const untilMs = same.at(place + 1)?.fromMs ?? Infinity;
    return targets
      .flatMap((model) => withoutAliases(tables, model))
      .map(
        (step) =>
          step && {
            fromMs: alias.fromMs,
            untilMs,
            timeline: step.timeline.map((version) => versionBehind(alias, version)),
          },
      );
  });

const always = (timeline: Timeline | undefined): LookUpStep | undefined =>
  timeline && { fromMs: -Infinity, untilMs: Infinity, timeline };

const steps = (some: readonly (LookUpStep | undefined)[]): LookUp => some.filter((step) => step !== undefined);

/** Of an undated id, the latest first: until the price of one has begun, that of the one before it counts. */
const datedOf = (timelines: ReadonlyMap<string, Timeline>, undated: string): Timeline[] =>
  [...timelines.entries()]
    .filter(([id]) => id !== undated && undatedModel(id) === undated)
    .sort(([a], [b]) => (orderOf(a, undated) > orderOf(b, undated) ? -1 : 1))
    .map(([, timeline]) => timeline);

/** The digits of the date, which stands at the end of an id; `-2026-09-22` and `-20260922` are the same day. */
const orderOf = (id: string, undated: string): string => `${id.slice(undated.length).replaceAll('-', '')} ${id}`;

const timelinesOf = (versions: readonly PriceVersion[]): ReadonlyMap<string, Timeline> =>
  new Map(
    [...groupedBy(versions, ({ model }) => model).entries()].flatMap(([model, same]): [string, Timeline][] =>
      model === null ? [] : [[model, timelineOf(same)]],
    ),
  );

/** Of several from the same instant on, the later published stands. */
const latestOfEach = (same: readonly PriceAlias[]): readonly PriceAlias[] =>
  [...new Map(same.map((alias) => [alias.fromMs, alias])).values()].sort((a, b) => (a.fromMs < b.fromMs ? -1 : 1));

const groupedBy = <T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
};
