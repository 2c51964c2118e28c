import { longFingerprintText } from '#kernel/fingerprint.js';

/** What a scheduler asks for. */
export interface FanOutRequest {
  readonly requestId: string;
  /** The user's own group if left out. */
  readonly groupId?: string | undefined;
  readonly userId: string;
  readonly taskId: string;
  readonly parentFanOutId?: string | undefined;
  readonly items: number;
  readonly concurrency?: number | undefined;
  readonly estimatedCostMicrosPerItem?: number | undefined;
  readonly skill?: string | undefined;
  readonly pattern?: string | undefined;
  readonly leaseSeconds?: number | undefined;
}

/** The same request is the same content, in whatever order its fields came. */
export const contentOf = (request: FanOutRequest): string =>
  longFingerprintText(
    JSON.stringify(Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1))),
    contentSeed,
  );
const contentSeed = 4;
