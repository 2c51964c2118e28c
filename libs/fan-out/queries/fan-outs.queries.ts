import { Query } from '@nestjs/cqrs';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { Reach } from '#kernel/reach.js';
import { Fold } from '#event-sourcing/fold.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { AdmissionControl, type Requester } from '../commands/admission-control.js';
import { admitWithin } from '../commands/admit-within.js';
import { DecisionInputsReader } from '../commands/decision-inputs-reader.js';
import { type Answered, answerTo, type FanOutDecision, redactAnswer } from '../commands/fan-out-answer.js';
import type { FanOutRequest } from '../commands/fan-out-request.js';
import { RequestEnricher } from '../commands/request-enricher.js';
import type { AdmissionCode } from '../domain/admission.js';
import { Admissions } from '../domain/admissions.js';
import type { FanOutCode } from '../domain/fan-out.codes.js';
import type { GrantCursor } from '../domain/grant-order.js';
import { type FanOutFilter, FanOutReader, type VisibleFanOut } from './fan-out-reader.js';

/** What `RequestFanOut` would be answered; whatever would be granted is not. */
export class CheckFanOut extends Query<FanOutDecision | Refusal<AdmissionCode>> {
  constructor(
    readonly request: FanOutRequest,
    readonly asker: Requester,
  ) {
    super();
  }
}

/** Fan-outs, live and past: at most so many, the latest first or from behind a place. */
export class ListFanOuts extends Query<Answered & { readonly fanOuts: readonly VisibleFanOut[] }> {
  constructor(
    readonly filter: FanOutFilter,
    readonly after: GrantCursor | undefined,
    readonly atMost: number,
  ) {
    super();
  }
}

/** One fan-out, if its caller may see it. */
export class GetFanOut extends Query<(Answered & VisibleFanOut) | Refusal<FanOutCode>> {
  constructor(
    readonly fanOutId: string,
    readonly reach: Reach,
  ) {
    super();
  }
}

/** Query handlers: a check waits its turn at admission control like a request, the rest is read at once. */
export const fanOutQueryHandlers = [
  answeredBy(
    CheckFanOut,
    [AdmissionControl, RequestEnricher, DecisionInputsReader, Admissions],
    async ({ request, asker }, admissionControl, enricher, inputs, admissions) => {
      await admissionControl.upToDate(asker);
      const ask = await enricher.enriched(request, asker);
      return admissionControl.decide(asker, (nowMs): FanOutDecision | Refusal<AdmissionCode> => {
        const standing = inputs.of(ask.groupId, nowMs);
        const admission = admitWithin(asker, ask, standing, admissions, nowMs);
        if (isRefusal(admission)) return admission;
        return admissions.speculate((evolve) => {
          if (admission.decision === 'granted') evolve(admission.event);
          const answer = answerTo(admission, admissions, ask.groupId, { nowMs, position: standing.position });
          return redactAnswer(asker.reach, answer);
        });
      });
    },
  ),
  answeredBy(ListFanOuts, [FanOutReader, Fold, Clock], ({ filter, after, atMost }, reader, { position }, clock) => ({
    fanOuts: reader.list(filter, after, atMost),
    position,
    nowMs: clock.now(),
  })),
  answeredBy(GetFanOut, [FanOutReader, Fold, Clock], ({ fanOutId, reach }, reader, { position }, clock) => {
    const found = reader.find(fanOutId, reach);
    return isRefusal(found) ? found : { ...found, position, nowMs: clock.now() };
  }),
];
