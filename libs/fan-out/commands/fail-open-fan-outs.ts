import { Injectable } from '@nestjs/common';
import { isRefusal } from '#kernel/refusal.js';
import { Ids } from '#directory/queries/ids.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import type { Renewal } from '../domain/admission.js';
import { AdmissionControl, type Requester } from './admission-control.js';
import type { EnrichedRequest } from './admit-within.js';
import { askedIds } from './asked-ids.js';
import { FailOpenGrants } from './fail-open-grants.js';
import { type AdmissionAnswer, type LeaseAnswer, redactAnswer } from './fan-out-answer.js';
import type { FanOutRequest } from './fan-out-request.js';
import { FanOuts } from './fan-outs.js';
import { RequestEnricher } from './request-enricher.js';
import { StoredFanOuts } from './stored-fan-outs.js';

/**
 * Fail-open, as a decorator: the outage mode. What cannot be stored because the event store is away is decided by what
 * this process knows, and what was granted so goes on here. It is there only if the operator has chosen it
 * (`FailOpenModule`).
 */
@Injectable()
export class FailOpenFanOuts extends FanOuts {
  constructor(
    private readonly stored: StoredFanOuts,
    private readonly grants: FailOpenGrants,
    private readonly admissionControl: AdmissionControl,
    private readonly enricher: RequestEnricher,
    private readonly ids: Ids,
  ) {
    super();
  }

  async ask(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer> {
    try {
      const again = this.grants.hasGranted(askedIds(request, this.ids).request);
      return (again ? await this.askHere(request, asker, '') : undefined) ?? (await this.askStored(request, asker));
    } catch (error) {
      if (!(error instanceof LogFailure) || error.code !== 'unavailable') throw error;
      const answer = await this.askHere(request, asker, error.detail);
      if (answer === undefined) throw error;
      return answer;
    }
  }

  async renew(fanOutId: string, renewal: Renewal, asker: Requester): Promise<LeaseAnswer> {
    return this.grants.knows(fanOutId)
      ? this.grants.renew(fanOutId, renewal, asker)
      : this.stored.renew(fanOutId, renewal, asker);
  }

  async release(fanOutId: string, asker: Requester): Promise<LeaseAnswer> {
    return this.grants.knows(fanOutId) ? this.grants.release(fanOutId, asker) : this.stored.release(fanOutId, asker);
  }

  private async askStored(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer> {
    await this.admissionControl.upToDate(asker);
    return this.stored.admit(this.withParent(await this.enricher.enriched(request, asker)), asker);
  }

  /** Undefined if too many were granted here already. */
  private async askHere(request: FanOutRequest, asker: Requester, why: string): Promise<AdmissionAnswer | undefined> {
    const answer = this.grants.ask(await this.enricher.enriched(request, asker), asker, why);
    return answer === undefined || isRefusal(answer) ? answer : redactAnswer(asker.reach, answer);
  }

  /** A parent that the log does not know cannot lend: what it asks for stands where its task does. */
  private withParent(ask: EnrichedRequest): EnrichedRequest {
    return this.grants.knows(ask.parentFanOutId) ? { ...ask, parentFanOutId: null } : ask;
  }
}
