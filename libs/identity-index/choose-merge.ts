/** Runs of about the same size that become one: few runs to ask, and each place is rewritten once for every tier. */
const runsPerMerge = 4;
/** Runs of up to 32,768 places are all of the lowest tier: a merge of them costs nothing worth saving. */
const lowestTier = 7;

/** A tier is four times the one below it, with its bounds at 2, 8, 32... so that 2^18 places, or a few less, are in the middle of one. */
const tierOf = (places: number): number => Math.max(lowestTier, Math.round(Math.log2(places) / 2));

/** All runs of the lowest tier that has enough of them, or none. */
export const chooseMerge = <Run extends { readonly places: number }>(runs: readonly Run[]): readonly Run[] => {
  const tiers = new Map<number, Run[]>();
  for (const run of runs) {
    const tier = tierOf(run.places);
    tiers.set(tier, [...(tiers.get(tier) ?? []), run]);
  }
  const due = [...tiers].filter(([, members]) => members.length >= runsPerMerge).sort(([a], [b]) => a - b);
  return due.at(0)?.[1] ?? [];
};
