import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AdmissionAnswer, LeaseAnswer } from './fan-out-answer.js';
import { FanOuts } from './fan-outs.js';
import { leaseMsOf } from './request-enricher.js';
import { ReleaseLease, RenewLease, RequestFanOut } from './fan-outs.commands.js';

@CommandHandler(RequestFanOut)
class RequestFanOutHandler implements ICommandHandler<RequestFanOut> {
  constructor(private readonly fanOuts: FanOuts) {}

  execute({ request, asker }: RequestFanOut): Promise<AdmissionAnswer> {
    return this.fanOuts.ask(request, asker);
  }
}

@CommandHandler(RenewLease)
class RenewLeaseHandler implements ICommandHandler<RenewLease> {
  constructor(private readonly fanOuts: FanOuts) {}

  execute({ fanOutId, renewal: { remainingItems, leaseSeconds }, asker }: RenewLease): Promise<LeaseAnswer> {
    return this.fanOuts.renew(fanOutId, { remainingItems, leaseMs: leaseMsOf(leaseSeconds) }, asker);
  }
}

@CommandHandler(ReleaseLease)
class ReleaseLeaseHandler implements ICommandHandler<ReleaseLease> {
  constructor(private readonly fanOuts: FanOuts) {}

  execute({ fanOutId, asker }: ReleaseLease): Promise<LeaseAnswer> {
    return this.fanOuts.release(fanOutId, asker);
  }
}

/** Command handlers: the decisions are batched behind them (`AdmissionControl`), not one a command. */
export const fanOutHandlers = [RequestFanOutHandler, RenewLeaseHandler, ReleaseLeaseHandler];
