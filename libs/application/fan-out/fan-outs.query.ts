import { Injectable } from '@nestjs/common';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { Lease } from '#domain/fan-out/lease.js';
import { Clock } from '#ports/clock.js';
import { Views } from '../feed/views.js';
import { unknownFanOut } from './fan-outs.js';
import { shownFanOut } from './shown-fan-out.js';

export interface FanOutFilter {
  readonly state?: Lease['state'] | undefined;
  readonly group?: string | undefined;
  /** The only groups the caller may see. */
  readonly reach?: readonly string[] | undefined;
}

/** Answers what was granted, and how it stands. */
@Injectable()
export class FanOutQueries {
  constructor(
    private readonly views: Views,
    private readonly clock: Clock,
  ) {}

  find(fanOutId: string, reach: readonly string[] | undefined): Lease | Refusal {
    const lease = this.views.admissions.lease(fanOutId);
    return lease !== undefined && isWithin(reach, lease) ? lease : unknownFanOut;
  }

  shown(fanOutId: string, reach: readonly string[] | undefined) {
    const lease = this.find(fanOutId, reach);
    return isRefusal(lease) ? lease : shownFanOut(lease, this.clock.now());
  }

  /** The latest first. */
  list({ state, group, reach }: FanOutFilter) {
    const leases = [...this.views.admissions.leases()].filter(
      (lease) =>
        (state === undefined || lease.state === state) &&
        (group === undefined || lease.granted.groupId === group) &&
        isWithin(reach, lease),
    );
    const nowMs = this.clock.now();
    return leases.map((lease) => shownFanOut(lease, nowMs)).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  }
}

/** Also within reach is what was asked for a group that nobody knew, and is decided as unassigned. */
const isWithin = (reach: readonly string[] | undefined, { granted: { groupId, askedGroupId } }: Lease): boolean =>
  reach === undefined || reach.includes(groupId) || reach.includes(askedGroupId);

/** Ascending keys, the latest grant first. */
export const keyOf = ({ grantedAt, fanOutId }: { readonly grantedAt: string; readonly fanOutId: string }): string =>
  `${String(Number.MAX_SAFE_INTEGER - Date.parse(grantedAt)).padStart(16, '0')} ${fanOutId}`;
