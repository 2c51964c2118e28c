import { longFingerprintText } from '#kernel/fingerprint.js';
import type { FanOutRequest } from './fan-outs.js';

/** The same request is the same content, in whatever order its fields came. */
export const contentOf = (request: FanOutRequest): string =>
  longFingerprintText(
    JSON.stringify(Object.entries(request).sort(([one], [other]) => (one < other ? -1 : 1))),
    contentSeed,
  );
const contentSeed = 4;
