import type { Renewal } from '../domain/admission.js';
import type { AdmissionAnswer, LeaseAnswer } from './fan-out-answer.js';
import type { FanOutRequest } from './fan-out-request.js';
import type { Requester } from './admission-control.js';

/** Port: carries out what schedulers want: may a fan-out start, may it go on, and that it is over. */
export abstract class FanOuts {
  abstract ask(request: FanOutRequest, asker: Requester): Promise<AdmissionAnswer>;
  /** Never denied. */
  abstract renew(fanOutId: string, renewal: Renewal, asker: Requester): Promise<LeaseAnswer>;
  /** Idempotent: what has ended stays as it ended. */
  abstract release(fanOutId: string, asker: Requester): Promise<LeaseAnswer>;
}
