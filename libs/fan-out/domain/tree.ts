import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';

/** One grant in a tree of tasks. */
interface TreeEntry {
  readonly atMs: number;
  readonly items: number;
  /** Whose it is: the group that was granted it, and the one that was asked for. */
  readonly groupId: string;
  readonly askedGroupId: string;
}

/**
 * What was granted in one tree within the last 24 hours, the earliest first. A lease lives at most that long, so live
 * items are always among them.
 */
export type Tree = readonly TreeEntry[];

/** The tree with one grant more, without those that do not count any more. */
export const grownTree = (tree: Tree, entry: TreeEntry): Tree => [
  ...counted(tree, entry.atMs - millisecondsInDay),
  entry,
];

/** Whose a tree is: every group with a grant in it that still counts. */
export const groupsInTree = (tree: Tree, nowMs: number): readonly string[] => [
  ...new Set(counted(tree, nowMs - millisecondsInDay).flatMap(({ groupId, askedGroupId }) => [groupId, askedGroupId])),
];

export const itemsInTree = (tree: Tree, nowMs: number): number => itemsAfter(tree, nowMs - millisecondsInDay);

export const itemsInLastMinute = (tree: Tree, nowMs: number): number => itemsAfter(tree, nowMs - millisecondsInMinute);

/** When `wanted` items fit under the limit again because others have aged; nothing if they never do. Milliseconds since 1970. */
export const fitsAtMs = (
  tree: Tree,
  wanted: number,
  { limit, windowMs, nowMs }: { readonly limit: number; readonly windowMs: number; readonly nowMs: number },
): number | undefined => {
  if (wanted > limit) return undefined;
  let used = itemsAfter(tree, nowMs - windowMs);
  for (const { atMs, items } of counted(tree, nowMs - windowMs)) {
    if (used + wanted <= limit) return nowMs;
    used -= items;
    if (used + wanted <= limit) return atMs + windowMs;
  }
  return nowMs;
};

export const treeWindows = { day: millisecondsInDay, minute: millisecondsInMinute } as const;

const counted = (tree: Tree, afterMs: number): Tree => tree.filter(({ atMs }) => atMs > afterMs);

const itemsAfter = (tree: Tree, afterMs: number): number => {
  let sum = 0;
  for (let place = tree.length - 1; place >= 0 && tree[place].atMs > afterMs; place--) sum += tree[place].items;
  return sum;
};
