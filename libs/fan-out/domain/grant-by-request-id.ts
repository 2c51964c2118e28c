import type { Admissions } from './admissions.js';
import { type Lease, spendsRequest } from './lease.js';

interface NamedRequest {
  /** As `requestScope` gives it. */
  readonly requestScope: string;
  readonly requestId: string;
  /** What the request id was granted last, as the log tells. */
  readonly lastGrant: Lease | undefined;
}

/** The grant that has spent the request id, if one has: to ask again is to ask for nothing new. */
export const grantByRequestId = (
  { requestScope, requestId, lastGrant }: NamedRequest,
  admissions: Admissions,
  nowMs: number,
): Lease | undefined => {
  const known = admissions.byRequest(requestScope, requestId, nowMs) ?? lastGrant;
  return known !== undefined && spendsRequest(known, nowMs) ? known : undefined;
};
