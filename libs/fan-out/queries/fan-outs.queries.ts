import { Query } from '@nestjs/cqrs';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { Reach } from '#kernel/reach.js';
import { Fold } from '#event-sourcing/fold.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import type { Requester } from '../commands/admission-control.js';
import type { Answered, FanOutDecision } from '../commands/fan-out-answer.js';
import type { FanOutRequest } from '../commands/fan-out-request.js';
import { StoredFanOuts } from '../commands/stored-fan-outs.js';
import type { AdmissionCode } from '../domain/admission.js';
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
  answeredBy(CheckFanOut, [StoredFanOuts], ({ request, asker }, fanOuts) => fanOuts.check(request, asker)),
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
