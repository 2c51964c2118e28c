import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { identityKey, keySeeds } from '#metering/domain/identity.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import type { FanOutEvent } from './fan-out.events.js';
import { scopeOfGrant } from './lease.js';

/** Notes where a request id was granted, and where its fan-out was renewed and ended. */
export const indexFanOut = (index: LocationIndex, event: FanOutEvent, position: number): void => {
  const key =
    event.type === 'FanOutGranted'
      ? keyOfRequest(scopeOfGrant(event.data), event.data.requestId)
      : keyOfFanOut(event.data.fanOutId);
  index.add(key, 0, { position, row: 0, tag: 0 });
};

/** The key of a request id of a scope in the place index. */
export const keyOfRequest = (scope: string, requestId: string): Uint32Array => {
  const words = new Uint32Array(fingerprintWords);
  identityKey(keySeeds.fanOutRequest, scope, requestId, words, 0);
  return words;
};

/** The key of a fan-out's renewals and end. */
export const keyOfFanOut = (fanOutId: string): Uint32Array => {
  const words = new Uint32Array(fingerprintWords);
  fingerprint(fanOutId, keySeeds.fanOut, words, 0);
  return words;
};
