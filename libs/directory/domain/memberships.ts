/**
 * To which group a user belongs, and since when: a chain from the latest membership back to the first, each `fromMs`
 * once. It is read for every record that is charged, and nearly always answered by its first link.
 */
export interface Membership {
  /** Milliseconds since 1970; the membership lasts until the `fromMs` of the next. */
  readonly fromMs: number;
  readonly groupId: string;
  readonly earlier: Memberships;
}

/** The latest membership, or undefined for a user who has never had one. */
export type Memberships = Membership | undefined;

const membership = (fromMs: number, groupId: string, earlier: Memberships): Membership => ({
  fromMs,
  groupId,
  earlier,
});

/** The group at that instant, or undefined before the first membership. Allocates nothing. */
export const groupOn = (latest: Memberships, atMs: number): string | undefined => {
  let at = latest;
  while (at !== undefined && at.fromMs > atMs) at = at.earlier;
  return at?.groupId;
};

/** One more membership, in its place in time: later ones stay, one that began at the same instant is replaced. */
export const joined = (latest: Memberships, fromMs: number, groupId: string): Membership => {
  const later: Membership[] = [];
  let rest = latest;
  for (; rest !== undefined && rest.fromMs > fromMs; rest = rest.earlier) later.push(rest);
  const earlier = rest?.fromMs === fromMs ? rest.earlier : rest;
  return later.reduceRight(
    (chain, each) => membership(each.fromMs, each.groupId, chain),
    membership(fromMs, groupId, earlier),
  );
};

/** All of them, earliest first. */
export const membershipsOf = (latest: Memberships): readonly Membership[] => {
  const all: Membership[] = [];
  for (let at = latest; at !== undefined; at = at.earlier) all.push(at);
  return all.reverse();
};
