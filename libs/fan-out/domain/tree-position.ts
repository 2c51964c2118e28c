import { type Refusal, refuse } from '#kernel/refusal.js';
import type { FanOutCode } from './fan-out.codes.js';
import type { Admissions } from './admissions.js';
import type { Request } from './rules.js';
import type { TreePosition } from './tree-positions.js';

export const unknownParentFanOut = refuse('unknownParentFanOut', 'There is no fan-out with the id in parentFanOutId.');

interface Placed {
  readonly parentFanOutId: string | null;
  /** The task and the tasks above it, itself first. */
  readonly lineage: readonly string[];
}

type Place = Pick<Request, 'treeId' | 'depth' | 'parent'>;

/** Where in which tree the request stands, or why nowhere: along its parent fan-out, else along the metered tasks above its task. */
export const locateInTree = (
  { parentFanOutId, lineage }: Placed,
  admissions: Admissions,
): Place | Refusal<FanOutCode> => {
  const known = knownPlace(lineage, admissions);
  if (parentFanOutId === null) {
    return known === undefined
      ? { treeId: lineage[lineage.length - 1], depth: lineage.length, parent: undefined }
      : { ...known, parent: undefined };
  }
  const parent = admissions.lease(parentFanOutId);
  if (parent === undefined) return unknownParentFanOut;
  if (parent.state !== 'live') {
    return refuse('parentFanOutEnded', `The parent fan-out is ${parent.state}; nothing can be started below it.`);
  }
  const { treeId, depth } = parent.granted;
  const isElsewhere = known === undefined ? lineage.length > 1 : known.treeId !== treeId;
  if (isElsewhere) {
    return refuse('parentOfAnotherTree', 'The task is in another tree than the fan-out in parentFanOutId.');
  }
  return { treeId, depth: depth + 1, parent };
};

/** The place of the task if it has asked before, else below the nearest task above it that has. */
const knownPlace = (lineage: readonly string[], admissions: Admissions): TreePosition | undefined => {
  for (const [above, taskId] of lineage.entries()) {
    const found = admissions.placeOf(taskId);
    if (found !== undefined) return { treeId: found.treeId, depth: found.depth + above };
  }
  return undefined;
};
