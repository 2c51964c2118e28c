import { Injectable } from '@nestjs/common';
import type { Refusal } from '#kernel/refusal.js';
import type { Lease } from '#domain/fan-out/lease.js';
import { Views } from '../feed/views.js';
import { unknownFanOut } from './fan-outs.js';

export interface FanOutFilter {
  readonly state?: Lease['state'] | undefined;
  readonly group?: string | undefined;
  /** The only groups the caller may see. */
  readonly reach?: readonly string[] | undefined;
}

/** Answers what was granted, and how it stands. */
@Injectable()
export class FanOutQueries {
  constructor(private readonly views: Views) {}

  find(fanOutId: string, reach: readonly string[] | undefined): Lease | Refusal {
    const lease = this.views.admissions.lease(fanOutId);
    return lease !== undefined && isWithin(reach, lease) ? lease : unknownFanOut;
  }

  /** The latest first, to be paged by `keyOf`. */
  list({ state, group, reach }: FanOutFilter): readonly Lease[] {
    return [...this.views.admissions.leases()]
      .filter(
        (lease) =>
          (state === undefined || lease.state === state) &&
          (group === undefined || lease.granted.groupId === group) &&
          isWithin(reach, lease),
      )
      .sort((one, other) => other.granted.atMs - one.granted.atMs || (keyOf(one) < keyOf(other) ? -1 : 1));
  }
}

/** Also within reach is what was asked for a group that nobody knew, and is decided as unassigned. */
const isWithin = (reach: readonly string[] | undefined, { granted: { groupId, askedGroupId } }: Lease): boolean =>
  reach === undefined || reach.includes(groupId) || reach.includes(askedGroupId);

/** Ascending keys, the latest grant first. */
export const keyOf = ({ granted: { atMs, fanOutId } }: Lease): string =>
  `${String(Number.MAX_SAFE_INTEGER - atMs).padStart(16, '0')} ${fanOutId}`;
