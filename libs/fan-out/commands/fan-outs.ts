import { Injectable } from '@nestjs/common';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { type AdmissionCode, end, renew } from '../domain/admission.js';
import type { FanOutEvent } from '../domain/fan-out.events.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { checkIdempotency } from '#event-sourcing/commands/check-idempotency.js';
import { IdempotencyKeysView, isKey } from '#event-sourcing/commands/idempotency-keys.view.js';
import { Admissions } from '../domain/admissions.js';
import { Fold } from '#event-sourcing/fold.js';
import { Ids } from '#directory/queries/ids.js';
import { AdmissionControl, type Requester } from './admission-control.js';
import { admitWithin, type EnrichedRequest } from './admit-within.js';
import { askedIds } from './asked-ids.js';
import { DenialLog } from './denial-log.js';
import {
  answerTo,
  type AdmissionAnswer,
  type FanOutDecision,
  isWithin,
  type LeaseAnswer,
  leaseEnded,
  unknownFanOut,
  redactAnswer,
} from './fan-out-answer.js';
import type { FanOutRequest } from './fan-out-request.js';
import { FailOpenGrants } from './fail-open-grants.js';
import { defaultLeaseMs, RequestEnricher } from './request-enricher.js';
import { DecisionInputsReader } from './decision-inputs-reader.js';

/** Answers schedulers: may a fan-out start, may it go on, and that it is over. */
@Injectable()
export class FanOuts {
  constructor(
    private readonly admissionControl: AdmissionControl,
    private readonly spentCommands: IdempotencyKeysView,
    private readonly admissions: Admissions,
    private readonly fold: Fold,
    private readonly inputs: DecisionInputsReader,
    private readonly denials: DenialLog,
    private readonly failOpenGrants: FailOpenGrants,
    private readonly enricher: RequestEnricher,
    private readonly ids: Ids,
  ) {}

  async ask(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer> {
    const answer = await this.askAnywhere(request, asker);
    return isRefusal(answer) ? answer : redactAnswer(asker.reach, answer);
  }

  private async askAnywhere(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer> {
    try {
      const again = this.failOpenGrants.hasGranted(askedIds(request, this.ids).request);
      return (
        (again ? await this.askWithoutStore(request, asker, '') : undefined) ?? (await this.askDesk(request, asker))
      );
    } catch (error) {
      if (!(error instanceof LogFailure) || error.code !== 'unavailable' || !this.failOpenGrants.isAllowed) throw error;
      const answer = await this.askWithoutStore(request, asker, error.detail);
      if (answer === undefined) throw error;
      return answer;
    }
  }

  private async askWithoutStore(request: FanOutRequest, asker: Requester, why: string) {
    return this.failOpenGrants.ask(await this.enricher.enriched(request, asker), asker, why);
  }

  private async askDesk(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer> {
    await this.admissionControl.upToDate(asker);
    const ask = this.withParent(await this.enricher.enriched(request, asker));
    const answer = await this.decide(asker, (nowMs, record): FanOutDecision | Refusal<AdmissionCode> => {
      const standing = this.inputs.of(ask.groupId, nowMs);
      const admission = admitWithin(asker, ask, standing, this.admissions, nowMs);
      if (isRefusal(admission)) return admission;
      if (admission.decision === 'granted') record(admission.event);
      return answerTo(admission, this.admissions, ask.groupId, { nowMs, position: standing.position });
    });
    if (!isRefusal(answer) && answer.decision === 'denied') await this.denials.note(asker.actor, ask.groupId, answer);
    return answer;
  }

  /** The same question; whatever would be granted is not. */
  async check(request: FanOutRequest, asker: Requester): Promise<FanOutDecision | Refusal<AdmissionCode>> {
    await this.admissionControl.upToDate(asker);
    const ask = await this.enricher.enriched(request, asker);
    return this.admissionControl.decide(asker, (nowMs): FanOutDecision | Refusal<AdmissionCode> => {
      const standing = this.inputs.of(ask.groupId, nowMs);
      const admission = admitWithin(asker, ask, standing, this.admissions, nowMs);
      if (isRefusal(admission)) return admission;
      const { admissions } = this;
      return admissions.speculate((evolve) => {
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
    asker: Requester,
  ): Promise<LeaseAnswer> {
    const leaseMs = leaseSeconds === undefined ? defaultLeaseMs : leaseSeconds * 1_000;
    if (this.failOpenGrants.knows(fanOutId)) return this.failOpenGrants.renew(fanOutId, remainingItems, leaseMs, asker);
    await this.admissionControl.upToDate(asker);
    return this.decide(asker, (nowMs, record, isRepeat) => {
      const lease = this.admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state !== 'live') return leaseEnded(lease);
      const standing = this.inputs.of(lease.granted.groupId, nowMs);
      if (!isRepeat) record(renew(lease, { remainingItems, leaseMs }, standing, this.admissions, nowMs));
      return { nowMs, position: standing.position, lease: this.admissions.lease(fanOutId) ?? lease };
    });
  }

  /** Idempotent: what has ended stays as it ended. */
  async release(fanOutId: string, asker: Requester): Promise<LeaseAnswer> {
    if (this.failOpenGrants.knows(fanOutId)) return this.failOpenGrants.release(fanOutId, asker);
    await this.admissionControl.upToDate(asker);
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
  private async decide<T, Code extends string>(
    asker: Requester,
    decision: (nowMs: number, record: (event: FanOutEvent) => void, isRepeat: boolean) => T | Refusal<Code>,
  ): Promise<T | Refusal<Code | EventSourcingCode>> {
    const { commandId } = asker;
    const answer = await this.admissionControl.decide(asker, (nowMs, record) => {
      const spent = checkIdempotency(this.spentCommands, { commandId, nowMs });
      return isRefusal(spent) ? spent : decision(nowMs, record, spent === 'repeat');
    });
    // Whoever sends the key again finds it spent.
    if (isKey(commandId)) await this.admissionControl.folded();
    return answer;
  }

  /** A parent that the log does not know cannot lend: what it asks for stands where its task does. */
  private withParent(ask: EnrichedRequest): EnrichedRequest {
    return this.failOpenGrants.knows(ask.parentFanOutId) ? { ...ask, parentFanOutId: null } : ask;
  }
}
