import { Injectable } from '@nestjs/common';
import type { Refusal } from '#kernel/refusal.js';
import type { Reach } from '#kernel/reach.js';
import type { FanOutCode } from '../domain/fan-out.codes.js';
import type { ListScope } from '../domain/grant-lists.js';
import type { GrantCursor } from '../domain/grant-order.js';
import type { Lease } from '../domain/lease.js';
import { TaskOwners } from '#metering/queries/task-owners.js';
import { Admissions } from '../domain/admissions.js';
import { isWithin, unknownFanOut } from '../commands/fan-out-answer.js';
import type { Above } from './fan-out.presenter.js';

export interface FanOutFilter {
  readonly state?: Lease['state'] | undefined;
  readonly group?: string | undefined;
  /** The only groups the caller may see. */
  readonly reach?: Reach;
}

/** A fan-out, and what the caller may see above it. */
export interface VisibleFanOut {
  readonly lease: Lease;
  readonly above: Above;
}

/** Reads what was granted and how it stands, as far as its caller may see. */
@Injectable()
export class FanOutReader {
  constructor(
    private readonly taskOwners: TaskOwners,
    private readonly admissions: Admissions,
  ) {}

  find(fanOutId: string, reach: Reach): VisibleFanOut | Refusal<FanOutCode> {
    const lease = this.admissions.lease(fanOutId);
    return lease !== undefined && isWithin(reach, lease) ? { lease, above: this.above(lease, reach) } : unknownFanOut;
  }

  /** At most so many, the latest first or from behind a place, to be paged by `keyOf`. */
  list(filter: FanOutFilter, after: GrantCursor | undefined, atMost: number): readonly VisibleFanOut[] {
    const found = new Map<string, Lease>();
    for (const scope of scopesOf(filter)) {
      for (const lease of this.latest(scope, filter.state, after, atMost)) found.set(keyOf(lease), lease);
    }
    return [...found]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, atMost)
      .map(([, lease]) => ({ lease, above: this.above(lease, filter.reach) }));
  }

  /** What it stands below, without what is of others: it may have been put there by a key that reaches both. */
  private above({ granted: { parentFanOutId, taskId, treeId } }: Lease, reach: Reach): Above {
    if (reach === undefined) return { parentFanOutId, treeId };
    const { admissions, taskOwners } = this;
    const parent = parentFanOutId === null ? undefined : admissions.lease(parentFanOutId);
    const isBelowOthers = parent !== undefined && !isWithin(reach, parent);
    const isInTreeOfOthers = treeId !== taskId && taskOwners.isForeign(treeId, reach);
    return { parentFanOutId: isBelowOthers ? null : parentFanOutId, treeId: isInTreeOfOthers ? null : treeId };
  }

  private latest(
    scope: ListScope,
    state: Lease['state'] | undefined,
    after: GrantCursor | undefined,
    atMost: number,
  ): readonly Lease[] {
    const { admissions } = this;
    const found: Lease[] = [];
    for (const fanOutId of admissions.lists.walk(scope, state, after)) {
      const lease = admissions.lease(fanOutId);
      if (lease !== undefined) found.push(lease);
      if (found.length === atMost) break;
    }
    return found;
  }
}

const scopesOf = ({ group, reach }: FanOutFilter): readonly ListScope[] => {
  if (group !== undefined) return [`group:${group}`];
  return reach?.flatMap((groupId) => [`group:${groupId}`, `asked:${groupId}`] as const) ?? ['organisation'];
};

const timeDigits = 16;

/** Ascending keys, the latest grant first. */
export const keyOf = ({ granted: { atMs, fanOutId } }: Lease): string =>
  `${String(Number.MAX_SAFE_INTEGER - atMs).padStart(timeDigits, '0')} ${fanOutId}`;

/** The place that a key stands for; undefined if it is none of ours. */
export const placeOf = (key: string): GrantCursor | undefined => {
  const found = keyShape.exec(key);
  return found === null ? undefined : { atMs: Number.MAX_SAFE_INTEGER - Number(found[1]), fanOutId: found[2] };
};
const keyShape = new RegExp(`^(\\d{${String(timeDigits)}}) (.+)$`);
