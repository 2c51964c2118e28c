import { Injectable } from '@nestjs/common';
import { longFingerprintText } from '#kernel/fingerprint.js';
import { isRefusal, refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { unassigned } from '#domain/directory/directory.events.js';
import { type Admission, admit, type AskFanOut, end, renew } from '#domain/fan-out/admission.js';
import type { Lease } from '#domain/fan-out/lease.js';
import type { Reason } from '#domain/fan-out/rules.js';
import { Clock } from '#ports/clock.js';
import { Views } from '../feed/views.js';
import { AdmissionDesk, type Asker } from './admission-desk.js';
import { DenialLog } from './denial-log.js';
import { Estimates } from './estimates.js';
import { Lineages } from './lineages.js';
import { PastGrants } from './past-grants.js';
import { Standings } from './standings.js';

/** What a scheduler asks for. */
export interface FanOutRequest {
  readonly requestId: string;
  readonly groupId: string;
  readonly userId: string;
  readonly taskId: string;
  readonly parentFanOutId?: string | undefined;
  readonly items: number;
  readonly concurrency?: number | undefined;
  readonly estimatedCostMicrosPerItem?: number | undefined;
  readonly skill?: string | undefined;
  readonly pattern?: string | undefined;
  readonly leaseSeconds?: number | undefined;
}

/** An answer, and the moment it was made at. */
export interface Answered {
  readonly nowMs: number;
  readonly position: number;
}
export type FanOutAnswer = Answered &
  (
    | { readonly decision: 'granted'; readonly lease: Lease; readonly wouldHaveDenied: readonly Reason[] }
    | { readonly decision: 'denied'; readonly reasons: readonly Reason[]; readonly wouldHaveDenied: readonly Reason[] }
  );

const defaultLeaseMs = 600_000;

/** Answers schedulers: may a fan-out start, may it go on, and that it is over. */
@Injectable()
export class FanOuts {
  constructor(
    private readonly desk: AdmissionDesk,
    private readonly views: Views,
    private readonly standings: Standings,
    private readonly lineages: Lineages,
    private readonly pastGrants: PastGrants,
    private readonly estimates: Estimates,
    private readonly denials: DenialLog,
    private readonly clock: Clock,
  ) {}

  async ask(request: FanOutRequest, asker: Asker): Promise<FanOutAnswer | Refusal> {
    await this.desk.upToDate();
    const ask = await this.completed(request);
    const answer = await this.desk.decide(asker, (nowMs, record): FanOutAnswer | Refusal => {
      const standing = this.standings.of(ask.groupId, nowMs);
      const admission = admit(ask, standing, this.views.admissions, nowMs);
      if (isRefusal(admission)) return admission;
      if (admission.decision === 'granted') record(admission.event);
      return this.answered(admission, { nowMs, position: standing.position });
    });
    if (!isRefusal(answer) && answer.decision === 'denied') await this.denials.note(asker.actor, ask.groupId, answer);
    return answer;
  }

  /** The same question; whatever would be granted is not. */
  async check(request: FanOutRequest, asker: Asker): Promise<FanOutAnswer | Refusal> {
    await this.desk.upToDate();
    const ask = await this.completed(request);
    return this.desk.decide(asker, (nowMs): FanOutAnswer | Refusal => {
      const standing = this.standings.of(ask.groupId, nowMs);
      const admission = admit(ask, standing, this.views.admissions, nowMs);
      if (isRefusal(admission)) return admission;
      const { admissions } = this.views;
      return admissions.trying((evolve) => {
        if (admission.decision === 'granted') evolve(admission.event);
        return this.answered(admission, { nowMs, position: standing.position });
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
    await this.desk.upToDate();
    return this.desk.decide(asker, (nowMs, record) => {
      const lease = this.views.admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state !== 'live') {
        return refuse(
          'leaseEnded',
          `This lease is ${lease.state}: stop its sub-tasks, and ask again for what is left.`,
        );
      }
      const standing = this.standings.of(lease.granted.groupId, nowMs);
      const leaseMs = leaseSeconds === undefined ? defaultLeaseMs : leaseSeconds * 1_000;
      record(renew(lease, { remainingItems, leaseMs }, standing, this.views.admissions, nowMs));
      return { nowMs, position: standing.position, lease: this.views.admissions.lease(fanOutId) ?? lease };
    });
  }

  /** Idempotent: what has ended stays as it ended. */
  async release(fanOutId: string, asker: Asker): Promise<(Answered & { readonly lease: Lease }) | Refusal> {
    await this.desk.upToDate();
    return this.desk.decide(asker, (nowMs, record) => {
      const { admissions, position } = this.views;
      const lease = admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state === 'live') record(end('FanOutReleased', lease, admissions, nowMs));
      return { nowMs, position, lease: admissions.lease(fanOutId) ?? lease };
    });
  }

  private answered(admission: Admission, { nowMs, position }: Answered): FanOutAnswer {
    if (admission.decision === 'denied') return { nowMs, position, ...admission };
    const { lease, wouldHaveDenied } =
      admission.decision === 'repeated'
        ? { lease: admission.lease, wouldHaveDenied: [] }
        : {
            lease: this.views.admissions.lease(admission.event.data.fanOutId),
            wouldHaveDenied: admission.wouldHaveDenied,
          };
    if (lease === undefined) throw new Error('a grant has left no lease');
    return { nowMs, position, decision: 'granted', lease, wouldHaveDenied };
  }

  /** What is asked, with everything the decision needs to know that can be found before it. */
  private async completed(request: FanOutRequest): Promise<AskFanOut> {
    const { requestId, userId, taskId, items, skill = null, pattern = null, parentFanOutId = null } = request;
    // Nobody is unlimited because nobody has seen them.
    const groupId = this.views.directory.group(request.groupId) === undefined ? unassigned : request.groupId;
    const estimate =
      request.estimatedCostMicrosPerItem === undefined
        ? this.estimates.of(groupId, skill, this.clock.now())
        : { estimateMicros: request.estimatedCostMicrosPerItem, estimateFrom: 'caller' as const };
    return {
      requestId,
      content: contentOf(request),
      lastGrant: await this.pastGrants.ofRequest(requestId),
      groupId,
      askedGroupId: request.groupId,
      userId,
      taskId,
      parentFanOutId,
      lineage: await this.lineages.of(taskId),
      items,
      concurrency: request.concurrency ?? items,
      ...estimate,
      skill,
      pattern,
      leaseMs: request.leaseSeconds === undefined ? defaultLeaseMs : request.leaseSeconds * 1_000,
    };
  }
}

/** Also within reach is what was asked for a group that nobody knew, and is decided as unassigned. */
export const isWithin = (
  reach: readonly string[] | undefined,
  { granted: { groupId, askedGroupId } }: Lease,
): boolean => reach === undefined || reach.includes(groupId) || reach.includes(askedGroupId);

export const unknownFanOut = refuse(
  'unknownFanOut',
  'There is no fan-out with this id, or it ended so long ago that it is forgotten.',
);

/** The same request is the same content, in whatever order its fields came. */
const contentOf = (request: FanOutRequest): string =>
  longFingerprintText(
    JSON.stringify(Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1))),
    contentSeed,
  );
const contentSeed = 4;
