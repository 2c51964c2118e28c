import { Injectable } from '@nestjs/common';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import { Fold } from '#event-sourcing/fold.js';
import { type AdmissionCode, end, renew, type Renewal } from '../domain/admission.js';
import { Admissions } from '../domain/admissions.js';
import type { FanOutEvent } from '../domain/fan-out.events.js';
import { AdmissionControl, type Requester } from './admission-control.js';
import { admitWithin, type EnrichedRequest } from './admit-within.js';
import { DecisionInputsReader } from './decision-inputs-reader.js';
import { DenialLog } from './denial-log.js';
import {
  answerTo,
  type AdmissionAnswer,
  type FanOutDecision,
  isWithin,
  type LeaseAnswer,
  leaseEnded,
  redactAnswer,
  unknownFanOut,
} from './fan-out-answer.js';
import type { FanOutRequest } from './fan-out-request.js';
import { FanOuts } from './fan-outs.js';
import { RequestEnricher } from './request-enricher.js';

/** Application service: fan-outs as the log has them: nothing is answered that is not stored. */
@Injectable()
export class StoredFanOuts extends FanOuts {
  constructor(
    private readonly admissionControl: AdmissionControl,
    private readonly admissions: Admissions,
    private readonly fold: Fold,
    private readonly inputs: DecisionInputsReader,
    private readonly denials: DenialLog,
    private readonly enricher: RequestEnricher,
  ) {
    super();
  }

  async ask(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer> {
    await this.admissionControl.upToDate(asker);
    return this.admit(await this.enricher.enriched(request, asker), asker);
  }

  /** @param ask enriched after the desk was up to date */
  async admit(ask: EnrichedRequest, asker: Requester): Promise<AdmissionAnswer> {
    const answer = await this.admissionControl.execute(asker, (nowMs, record) =>
      this.decided(ask, asker, nowMs, record),
    );
    if (!isRefusal(answer) && answer.decision === 'denied') await this.denials.note(asker.actor, ask.groupId, answer);
    return answer;
  }

  /** What `ask` would be answered; whatever would be granted is not. */
  async check(request: FanOutRequest, asker: Requester): Promise<FanOutDecision | Refusal<AdmissionCode>> {
    await this.admissionControl.upToDate(asker);
    const ask = await this.enricher.enriched(request, asker);
    return this.admissionControl.decide(asker, (nowMs) =>
      this.admissions.speculate((evolve) => this.decided(ask, asker, nowMs, evolve)),
    );
  }

  async renew(fanOutId: string, renewal: Renewal, asker: Requester): Promise<LeaseAnswer> {
    await this.admissionControl.upToDate(asker);
    return this.admissionControl.execute(asker, (nowMs, record, isRepeat) => {
      const { admissions } = this;
      const lease = admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state !== 'live') return leaseEnded(lease);
      const standing = this.inputs.of(lease.granted.groupId, nowMs);
      if (!isRepeat) record(renew(lease, renewal, standing, admissions, nowMs));
      return { nowMs, position: standing.position, lease: admissions.lease(fanOutId) ?? lease };
    });
  }

  async release(fanOutId: string, asker: Requester): Promise<LeaseAnswer> {
    await this.admissionControl.upToDate(asker);
    return this.admissionControl.execute(asker, (nowMs, record) => {
      const { admissions } = this;
      const { position } = this.fold;
      const lease = admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(asker.reach, lease)) return unknownFanOut;
      if (lease.state === 'live') record(end('FanOutReleased', lease, admissions, nowMs));
      return { nowMs, position, lease: admissions.lease(fanOutId) ?? lease };
    });
  }

  /** @param take has the state take a grant into account, before it is answered */
  private decided(
    ask: EnrichedRequest,
    asker: Requester,
    nowMs: number,
    take: (event: FanOutEvent) => void,
  ): FanOutDecision | Refusal<AdmissionCode> {
    const standing = this.inputs.of(ask.groupId, nowMs);
    const admission = admitWithin(asker, ask, standing, this.admissions, nowMs);
    if (isRefusal(admission)) return admission;
    if (admission.decision === 'granted') take(admission.event);
    const answer = answerTo(admission, this.admissions, ask.groupId, { nowMs, position: standing.position });
    return redactAnswer(asker.reach, answer);
  }
}
