import type { AskFanOut, FanOutAnswer, FanOutCheck, LeaseInUse, RenewFanOut } from './fan-out-contract.js';
import type { MeteringAnswer, MeteringRecord } from './metering-contract.js';
import { type Connection, post } from './post.js';
import { readFanOutAnswer, readFanOutCheck, readLeaseInUse, readMeteringAnswer } from './read-answers.js';

/**
 * The calls of the service, each sent once: who calls decides about trying again. All may be repeated safely. Each throws
 * a BursarError when the service refuses, cannot be reached, does not answer in time, or answers what cannot be read.
 */
export interface Calls {
  /** May so many sub-tasks start, and how many at once? A denial is an answer, not an error. */
  askFanOut(request: AskFanOut): Promise<FanOutAnswer>;
  /** The same question; nothing changes. */
  checkFanOut(request: AskFanOut): Promise<FanOutCheck>;
  /** Go on: the lease ends later, and slots follow what is left to do. Refused as `leaseEnded` when it is too late. */
  renewFanOut(fanOutId: string, renewal?: RenewFanOut): Promise<LeaseInUse>;
  /** It is over. What has ended stays as it ended. */
  releaseFanOut(fanOutId: string): Promise<LeaseInUse>;
  /** Meters up to 10,000 records. Bad ones are named in the answer and do not stop good ones. */
  meter(records: readonly MeteringRecord[]): Promise<MeteringAnswer>;
}

/** @param meteringKey the key that meters, if it is another one */
export const createCalls = (connection: Connection, meteringKey = connection.key): Calls => {
  const meteringConnection = { ...connection, key: meteringKey };
  const about = (fanOutId: string): string => `/fan-outs/${encodeURIComponent(fanOutId)}`;
  return {
    askFanOut: async (request) => readFanOutAnswer(await post(connection, '/fan-outs', request)),
    checkFanOut: async (request) => readFanOutCheck(await post(connection, '/fan-outs/check', request)),
    renewFanOut: async (fanOutId, renewal = {}) =>
      readLeaseInUse(await post(connection, `${about(fanOutId)}/renew`, renewal)),
    releaseFanOut: async (fanOutId) => readLeaseInUse(await post(connection, `${about(fanOutId)}/release`, {})),
    meter: async (records) => readMeteringAnswer(await post(meteringConnection, '/metering', records)),
  };
};
