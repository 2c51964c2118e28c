import { Injectable, Logger } from '@nestjs/common';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import { type AdmissionCode, end, expire, renew, type Renewal } from '../domain/admission.js';
import type { FanOutCode } from '../domain/fan-out.codes.js';
import type { FanOutEvent, FanOutGranted } from '../domain/fan-out.events.js';
import { type Lease, requestKey, requestScope, scopeOfGrant } from '../domain/lease.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Admissions } from '../domain/admissions.js';
import { Fold } from '#event-sourcing/fold.js';
import type { Requester } from './admission-control.js';
import { admitWithin, type EnrichedRequest } from './admit-within.js';
import { type Answered, answerTo, type FanOutDecision, isWithin, leaseEnded, unknownFanOut } from './fan-out-answer.js';
import type { FanOutRequest } from './fan-out-request.js';
import { DecisionInputsReader } from './decision-inputs-reader.js';
import { type Unrecorded, FailOpenLog } from './fail-open-log.js';

/** Memory is bounded, and so is what is granted outside of law 4: beyond so many nothing is. */
const mostGrants = 500;

interface Held extends Unrecorded {
  /** Its grant, and what became of it, in order. */
  readonly events: FanOutEvent[];
}

/**
 * Fail-open: grants made while the event store cannot be reached: decided against what this process knows, its own
 * grants of this kind included, kept in memory, and written down when the store is back. They live and end here, also
 * afterwards: nobody else knows them.
 */
@Injectable()
export class FailOpenGrants {
  private readonly logger = new Logger('fan-outs');
  private readonly held = new Map<string, Held>();
  private readonly requests = new Set<string>();
  private recording: Promise<void> | undefined;

  constructor(
    private readonly admissions: Admissions,
    private readonly fold: Fold,
    private readonly inputs: DecisionInputsReader,
    private readonly log: FailOpenLog,
    private readonly clock: Clock,
  ) {}

  /** Whether the fan-out was granted here, and nowhere else. */
  knows = (fanOutId: string | null): boolean =>
    fanOutId !== null && this.held.has(fanOutId) && this.admissions.lease(fanOutId) === undefined;

  /** Whether the request was granted here. */
  hasGranted = (request: Pick<FanOutRequest, 'requestId' | 'groupId' | 'userId'>): boolean =>
    this.requests.has(requestKey(requestScope(request), request.requestId));

  /** Undefined if there are too many already. */
  ask(ask: EnrichedRequest, asker: Requester, why: string): FanOutDecision | Refusal<AdmissionCode> | undefined {
    const nowMs = this.admissionMs();
    this.forgetEnded(nowMs);
    if (this.held.size >= mostGrants && !this.requests.has(requestKey(ask.requestScope, ask.requestId))) {
      return undefined;
    }
    const standing = this.inputs.of(ask.groupId, nowMs);
    const { admissions } = this;
    return this.beside(nowMs, (evolve) => {
      const admission = admitWithin(asker, ask, standing, admissions, nowMs);
      if (isRefusal(admission)) return admission;
      if (admission.decision === 'granted') {
        evolve(admission.event);
        this.hold(admission.event, asker, why);
      }
      const answer = answerTo(admission, admissions, ask.groupId, { nowMs, position: standing.position });
      const isHere = answer.decision === 'granted' && this.held.has(answer.lease.granted.fanOutId);
      return isHere ? { ...answer, withoutStore: true } : answer;
    });
  }

  renew(fanOutId: string, renewal: Renewal, asker: Requester) {
    return this.goOn(fanOutId, asker, (lease, nowMs) => {
      if (lease.state !== 'live') return leaseEnded(lease);
      const standing = this.inputs.of(lease.granted.groupId, nowMs);
      return renew(lease, renewal, standing, this.admissions, nowMs);
    });
  }

  release(fanOutId: string, asker: Requester) {
    return this.goOn(fanOutId, asker, (lease, nowMs) =>
      lease.state === 'live' ? end('FanOutReleased', lease, this.admissions, nowMs) : undefined,
    );
  }

  /** Whether there are grants that may not be in the log. */
  get isHolding(): boolean {
    return this.held.size > 0;
  }

  /** Writes down what the log does not have yet. Rejects with `LogFailure` if it still cannot be reached. */
  record(): Promise<void> {
    this.recording ??= this.recordAll().finally(() => {
      this.recording = undefined;
    });
    return this.recording;
  }

  private async recordAll(): Promise<void> {
    for (const held of this.held.values()) await this.log.record(held);
    if (this.held.size > 0) this.forgetEnded(this.admissionMs());
  }

  private goOn(
    fanOutId: string,
    { reach }: Requester,
    decide: (lease: Lease, nowMs: number) => FanOutEvent | Refusal<FanOutCode> | undefined,
  ): (Answered & { readonly lease: Lease }) | Refusal<FanOutCode> {
    const nowMs = this.admissionMs();
    return this.beside(nowMs, (evolve) => {
      const { admissions } = this;
      const { position } = this.fold;
      const lease = admissions.lease(fanOutId);
      if (lease === undefined || !isWithin(reach, lease)) return unknownFanOut;
      const event = decide(lease, nowMs);
      if (isRefusal(event)) return event;
      if (event !== undefined) {
        evolve(event);
        this.held.get(fanOutId)?.events.push(event);
      }
      return { nowMs, position, lease: admissions.lease(fanOutId) ?? lease };
    });
  }

  private hold(granted: FanOutGranted, asker: Requester, why: string): void {
    const { fanOutId, requestId } = granted.data;
    this.held.set(fanOutId, { granted, asker, why, events: [granted] });
    this.requests.add(requestKey(scopeOfGrant(granted.data), requestId));
    const message = 'A fan-out was granted without the event store.';
    this.logger.warn({ message, actor: asker.actor, ...toldOf(granted) });
  }

  /** Beside what the log says, as far as it is known here, stands what was granted without it. */
  private beside<T>(nowMs: number, decide: (evolve: (event: FanOutEvent) => void) => T): T {
    const { admissions } = this;
    return admissions.speculate((evolve) => {
      for (const { granted, events } of this.held.values()) {
        // An append without an answer may have been stored: then it is the log's.
        if (admissions.lease(granted.data.fanOutId) === undefined) events.forEach(evolve);
      }
      expire(admissions, nowMs, evolve);
      return decide(evolve);
    });
  }

  private forgetEnded(nowMs: number): void {
    const recorded = [...this.held.values()].filter((held) => this.log.isRecorded(held));
    if (recorded.length === 0) return;
    const { admissions } = this;
    const ended = this.beside(nowMs, () =>
      recorded.filter(({ granted }) => admissions.live(granted.data.fanOutId) === undefined),
    );
    for (const { granted } of ended) {
      this.held.delete(granted.data.fanOutId);
      this.requests.delete(requestKey(scopeOfGrant(granted.data), granted.data.requestId));
    }
  }

  private admissionMs(): number {
    return Math.max(this.clock.now(), this.admissions.lastMs);
  }
}

/** What is left of a grant if the process ends before it is on record. */
const toldOf = ({
  data: { fanOutId, requestId, groupId, userId, taskId, items, concurrency, heldMicros },
}: FanOutGranted) => ({
  fanOutId,
  requestId,
  groupId,
  userId,
  taskId,
  items,
  concurrency,
  heldMicros,
});
