import { Injectable } from '@nestjs/common';
import { millisecondsInMinute } from 'date-fns/constants';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { reaches } from '#kernel/reach.js';
import { end, renew } from '../domain/admission.js';
import type { FanOutEvent } from '../domain/fan-out.events.js';
import { type Lease, requestScope } from '../domain/lease.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { IdempotencyKeysView } from '#event-sourcing/commands/idempotency-keys.view.js';
import { TaskOwners } from '#metering/queries/task-owners.js';
import { Admissions } from '../domain/admissions.js';
import { Fold } from '#event-sourcing/fold.js';
import { isKey, keyOfAnother } from '#event-sourcing/commands/idempotency-keys.view.js';
import { Ids } from '#directory/queries/ids.js';
import { AdmissionDesk, type Asker } from './admission-desk.js';
import { admitWithin, type Asked } from './admit-within.js';
import { askedGroup } from './asked-group.js';
import { askedIds } from './asked-ids.js';
import { DenialLog } from './denial-log.js';
import { Estimates } from './estimates.js';
import {
  type Answered,
  answerTo,
  type FanOutDecision,
  isWithin,
  leaseEnded,
  unknownFanOut,
  redactAnswer,
} from './fan-out-answer.js';
import { contentOf, type FanOutRequest } from './fan-out-request.js';
import { GrantsWithoutStore } from './grants-without-store.js';
import { TaskAncestors } from './task-ancestors.js';
import { PastGrants } from './past-grants.js';
import { Standings } from './standings.js';

const defaultLeaseMs = 10 * millisecondsInMinute;

/** Answers schedulers: may a fan-out start, may it go on, and that it is over. */
@Injectable()
export class FanOuts {
  constructor(
    private readonly desk: AdmissionDesk,
    readonly organisation: OrganisationView,
    readonly directory: DirectoryView,
    private readonly spentCommands: IdempotencyKeysView,
    private readonly taskOwners: TaskOwners,
    private readonly admissions: Admissions,
    private readonly fold: Fold,
    private readonly standings: Standings,
    private readonly lineages: TaskAncestors,
    private readonly pastGrants: PastGrants,
    private readonly estimates: Estimates,
    private readonly denials: DenialLog,
    private readonly withoutStore: GrantsWithoutStore,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  async ask(request: FanOutRequest, asker: Asker): Promise<FanOutDecision | Refusal> {
    const answer = await this.askAnywhere(request, asker);
    return isRefusal(answer) ? answer : redactAnswer(asker.reach, answer);
  }

  private async askAnywhere(request: FanOutRequest, asker: Asker): Promise<FanOutDecision | Refusal> {
    try {
      const again = this.withoutStore.hasGranted(askedIds(request, this.ids).request);
      return (
        (again ? await this.askWithoutStore(request, asker, '') : undefined) ?? (await this.askDesk(request, asker))
      );
    } catch (error) {
      if (!(error instanceof LogFailure) || error.code !== 'unavailable' || !this.withoutStore.isAllowed) throw error;
      const answer = await this.askWithoutStore(request, asker, error.detail);
      if (answer === undefined) throw error;
      return answer;
    }
  }

  private async askWithoutStore(request: FanOutRequest, asker: Asker, why: string) {
    return this.withoutStore.ask(await this.completed(request, asker), asker, why);
  }

  private async askDesk(request: FanOutRequest, asker: Asker): Promise<FanOutDecision | Refusal> {
    await this.desk.upToDate(asker);
    const ask = this.withParent(await this.completed(request, asker));
    const answer = await this.decide(asker, (nowMs, record): FanOutDecision | Refusal => {
      const standing = this.standings.of(ask.groupId, nowMs);
      const admission = admitWithin(asker, ask, standing, this.admissions, nowMs);
      if (isRefusal(admission)) return admission;
      if (admission.decision === 'granted') record(admission.event);
      return answerTo(admission, this.admissions, ask.groupId, { nowMs, position: standing.position });
    });
    if (!isRefusal(answer) && answer.decision === 'denied') await this.denials.note(asker.actor, ask.groupId, answer);
    return answer;
  }

  /** The same question; whatever would be granted is not. */
  async check(request: FanOutRequest, asker: Asker): Promise<FanOutDecision | Refusal> {
    await this.desk.upToDate(asker);
    const ask = await this.completed(request, asker);
    return this.desk.decide(asker, (nowMs): FanOutDecision | Refusal => {
      const standing = this.standings.of(ask.groupId, nowMs);
      const admission = admitWithin(asker, ask, standing, this.admissions, nowMs);
      if (isRefusal(admission)) return admission;
      const { admissions } = this;
      return admissions.trying((evolve) => {
        if (admission.decision === 'granted') evolve(admission.event);
        const answer = answerTo(admission, admissions, ask.groupId, { nowMs, position: standing.position });
        return redactAnswer(asker.reach, answer);
      });
    });
  }

  /** Never denied. */
  async renew(
    fanOutId: string,
    remainingItems: number | undefined,
    leaseSeconds: number | undefined,
    asker: Asker,
  ): Promise<(Answered & { readonly lease: Lease }) | Refusal> {
    const leaseMs = leaseSeconds === undefined ? defaultLeaseMs : leaseSeconds * 1_000;
    if (this.withoutStore.knows(fanOutId)) return this.withoutStore.renew(fanOutId, remainingItems, leaseMs, asker);
    await this.desk.upToDate(asker);
    return this.decide(asker, (nowMs, record, isRepeat) => {
      const lease = this.admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state !== 'live') return leaseEnded(lease);
      const standing = this.standings.of(lease.granted.groupId, nowMs);
      if (!isRepeat) record(renew(lease, { remainingItems, leaseMs }, standing, this.admissions, nowMs));
      return { nowMs, position: standing.position, lease: this.admissions.lease(fanOutId) ?? lease };
    });
  }

  /** Idempotent: what has ended stays as it ended. */
  async release(fanOutId: string, asker: Asker): Promise<(Answered & { readonly lease: Lease }) | Refusal> {
    if (this.withoutStore.knows(fanOutId)) return this.withoutStore.release(fanOutId, asker);
    await this.desk.upToDate(asker);
    return this.decide(asker, (nowMs, record) => {
      const { admissions } = this;
      const { position } = this.fold;
      const lease = admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state === 'live') record(end('FanOutReleased', lease, admissions, nowMs));
      return { nowMs, position, lease: admissions.lease(fanOutId) ?? lease };
    });
  }

  /** Decides, unless the key of the command came with another request before. */
  private async decide<T>(
    asker: Asker,
    decision: (nowMs: number, record: (event: FanOutEvent) => void, isRepeat: boolean) => T | Refusal,
  ): Promise<T | Refusal> {
    const { commandId } = asker;
    const answer = await this.desk.decide(asker, (nowMs, record) => {
      const spent = this.spentCommands.verdict(commandId, nowMs);
      return spent === 'conflict' ? keyOfAnother : decision(nowMs, record, spent === 'repeat');
    });
    // Whoever sends the key again finds it spent.
    if (isKey(commandId)) await this.desk.folded();
    return answer;
  }

  /** A tree or the slots of a user of others are not to be used up: only what is nobody's may be named beside one's own. */
  private namesOthers(userId: string, lineage: readonly string[], groups: readonly string[]): boolean {
    const { directory, taskOwners } = this;
    const groupOfUser = directory.groupOf(userId, this.clock.now());
    const isOthers = groupOfUser !== undefined && !reaches(groups, groupOfUser);
    return isOthers || lineage.some((task) => taskOwners.isForeign(task, groups));
  }

  /** A parent that the log does not know cannot lend: what it asks for stands where its task does. */
  private withParent(ask: Asked): Asked {
    return this.withoutStore.knows(ask.parentFanOutId) ? { ...ask, parentFanOutId: null } : ask;
  }

  /** What is asked, with everything the decision needs to know that can be found before it. */
  private async completed(sent: FanOutRequest, { reach }: Asker): Promise<Asked> {
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
    const lineage = await this.lineages.of(taskId);
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
      leaseMs: request.leaseSeconds === undefined ? defaultLeaseMs : request.leaseSeconds * 1_000,
    };
  }
}
