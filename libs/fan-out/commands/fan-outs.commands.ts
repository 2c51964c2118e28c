import { Command } from '@nestjs/cqrs';
import type { Requester } from './admission-control.js';
import type { AdmissionAnswer, LeaseAnswer } from './fan-out-answer.js';
import type { FanOutRequest } from './fan-out-request.js';

/** How long a lease is to go on, and for how much; what is left out stays, or is the default. */
interface RenewalRequest {
  readonly remainingItems?: number | undefined;
  readonly leaseSeconds?: number | undefined;
}

/**
 * May so many sub-tasks start, and how many at once? Like all commands of schedulers it carries no moment: admission
 * control decides at its own, which never runs backwards.
 */
export class RequestFanOut extends Command<AdmissionAnswer> {
  constructor(
    readonly request: FanOutRequest,
    readonly asker: Requester,
  ) {
    super();
  }
}

/** A fan-out goes on: its lease ends later, and its slots follow what is left to do. Never denied. */
export class RenewLease extends Command<LeaseAnswer> {
  constructor(
    readonly fanOutId: string,
    readonly renewal: RenewalRequest,
    readonly asker: Requester,
  ) {
    super();
  }
}

/** A fan-out is over: its slots and what is left of its hold are free. */
export class ReleaseLease extends Command<LeaseAnswer> {
  constructor(
    readonly fanOutId: string,
    readonly asker: Requester,
  ) {
    super();
  }
}
