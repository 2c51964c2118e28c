/**
 * What is said and answered about fan-outs, in the words of the service's OpenAPI document. Money is in micros of the
 * organisation's currency. test/e2e/client-contract.spec.ts holds it to the document and to real answers.
 */

/** The body of `POST /fan-outs` and `/fan-outs/check`. */
export interface AskFanOut {
  /** Of your making. A grant spends it; the same request again gets the same grant. */
  readonly requestId: string;
  /** The user's own group if left out. One that nobody knows is 404 `unknownGroup`, unless the organisation says otherwise. */
  readonly groupId?: string;
  readonly userId: string;
  /** The task that wants to fan out. */
  readonly taskId: string;
  /** The fan-out this task is a sub-task of. */
  readonly parentFanOutId?: string;
  /** How many sub-tasks there are. */
  readonly items: number;
  /** How many at once; all if left out. */
  readonly concurrency?: number;
  readonly estimatedCostMicrosPerItem?: number;
  readonly skill?: string;
  readonly pattern?: string;
  /** How long the lease runs from now, 1 to 3,600; 600 if left out. */
  readonly leaseSeconds?: number;
}

/** The body of `POST /fan-outs/{id}/renew`. */
export interface RenewFanOut {
  /** Sub-tasks that have not ended; live slots go down to it. */
  readonly remainingItems?: number;
  /** How long the lease runs from now, 1 to 3,600; 600 if left out. */
  readonly leaseSeconds?: number;
}

/** The right to run so many sub-tasks at once, for a while. */
export interface FanOutLease {
  readonly fanOutId: string;
  readonly state: 'live' | 'released' | 'expired';
  readonly groupId: string;
  /** How many may run at once. */
  readonly concurrency: number;
  readonly items: number;
  readonly heldMicros: number;
  readonly estimatedCostMicrosPerItem: number;
  /** By the clock of the service: to be shown, not to be compared with a clock here. */
  readonly expiresAt: string;
  /** From the moment of the answer on, rounded down; 0 when it has ended. */
  readonly expiresInSeconds: number;
}

/** The answer of `renew` and `release`. */
export interface LeaseInUse extends FanOutLease {
  readonly remainingItems: number;
  /** Null if it passes 2^53 - 1, as is the next one; the answer of the service has the digits. */
  readonly spentMicros: number | null;
  /** Spent beyond the hold. */
  readonly overrunMicros: number | null;
}

/** A rule that binds. */
export interface Reason {
  /** Such as `groupConcurrency` or `groupCapExhausted`; the service may learn new ones. */
  readonly code: string;
  /** `organisation`, `group:<id>`, `user:<id>`, `tree:<root task>` or `fanOut`. */
  readonly scope: string;
  /**
   * Null, as are the next two, when the rule is not about numbers. Micros for caps, else a count. What is used is also
   * null where it passes 2^53 - 1.
   */
  readonly limit: number | null;
  readonly used: number | null;
  readonly requested: number | null;
  readonly retryAfterSeconds?: number;
  /** It can never fit as it is. */
  readonly unsatisfiable?: boolean;
  /** A cap that only tells: it would have denied, and did not. */
  readonly wouldHaveDenied?: boolean;
}

export type GrantedFanOut = FanOutLease & { readonly decision: 'granted'; readonly reasons: readonly Reason[] };
export interface DeniedFanOut {
  readonly decision: 'denied';
  readonly items: number;
  /** Every rule that binds. */
  readonly reasons: readonly Reason[];
}

export type FanOutAnswer = GrantedFanOut | DeniedFanOut;
/** What would be answered. Nothing is granted, so there is no fan-out to name. */
export type FanOutCheck = Omit<GrantedFanOut, 'fanOutId'> | DeniedFanOut;
