import { Injectable } from '@nestjs/common';
import { millisecondsInMinute } from 'date-fns/constants';
import { reaches } from '#kernel/reach.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { Ids } from '#directory/queries/ids.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { TaskOwners } from '#metering/queries/task-owners.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { requestScope } from '../domain/lease.js';
import type { Requester } from './admission-control.js';
import type { EnrichedRequest } from './admit-within.js';
import { askedGroup } from './asked-group.js';
import { askedIds } from './asked-ids.js';
import { Estimates } from './estimates.js';
import { contentOf, type FanOutRequest } from './fan-out-request.js';
import { PastGrants } from './past-grants.js';
import { TaskAncestors } from './task-ancestors.js';

const defaultLeaseMs = 10 * millisecondsInMinute;

/** How long a lease runs that is asked for so many seconds, or for no time that is said. */
export const leaseMsOf = (leaseSeconds: number | undefined): number =>
  leaseSeconds === undefined ? defaultLeaseMs : leaseSeconds * 1_000;

/** Content enricher: adds to a request what its decision needs to know and can be found before it. */
@Injectable()
export class RequestEnricher {
  constructor(
    readonly organisation: OrganisationView,
    readonly directory: DirectoryView,
    private readonly taskOwners: TaskOwners,
    private readonly ancestors: TaskAncestors,
    private readonly pastGrants: PastGrants,
    private readonly estimates: Estimates,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async enriched(sent: FanOutRequest, { reach }: Requester): Promise<EnrichedRequest> {
    const asked = askedIds(sent, this.ids);
    const { request } = asked;
    const { requestId, userId, taskId, items, skill = null, pattern = null, parentFanOutId = null } = request;
    const nowMs = this.clock.now();
    const group = askedGroup(this, asked, reach, nowMs);
    const estimate =
      request.estimatedCostMicrosPerItem === undefined
        ? // What a skill costs is learnt from all groups: a limited key is not told of others.
          this.estimates.of(group.groupId, reach === undefined ? skill : null, nowMs)
        : { estimateMicros: request.estimatedCostMicrosPerItem, estimateFrom: 'caller' as const };
    const lineage = await this.ancestors.of(taskId);
    return {
      requestId,
      requestScope: requestScope(request),
      content: contentOf(sent),
      ...group,
      lastGrant: await this.pastGrants.ofRequest(requestScope(request), requestId),
      userId,
      taskId,
      parentFanOutId,
      lineage,
      namesOthers: reach !== undefined && this.namesOthers(userId, lineage, reach),
      items,
      concurrency: request.concurrency ?? items,
      ...estimate,
      skill,
      pattern,
      leaseMs: leaseMsOf(request.leaseSeconds),
    };
  }

  /** A tree or the slots of a user of others are not to be used up: only what is nobody's may be named beside one's own. */
  private namesOthers(userId: string, lineage: readonly string[], groups: readonly string[]): boolean {
    const { directory, taskOwners } = this;
    const groupOfUser = directory.groupOf(userId, this.clock.now());
    const isOthers = groupOfUser !== undefined && !reaches(groups, groupOfUser);
    return isOthers || lineage.some((task) => taskOwners.isForeign(task, groups));
  }
}
