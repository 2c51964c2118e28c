import type { FanOutAnswer, FanOutCheck, FanOutLease, LeaseInUse, Reason } from './fan-out-contract.js';
import { type Json, numberIn, objectIn, objectsIn, oneOf, textIn } from './json-fields.js';
import type { MeteringAnswer } from './metering-contract.js';

/** Reads answers of the service. Fields that are new there are left out; a missing one throws a BursarError. */
export const readFanOutAnswer = (answer: unknown): FanOutAnswer => {
  const json = objectIn(answer);
  const read = check(json);
  return read.decision === 'denied' ? read : { ...read, fanOutId: textIn(json, 'fanOutId') };
};

export const readFanOutCheck = (answer: unknown): FanOutCheck => check(objectIn(answer));

export const readLeaseInUse = (answer: unknown): LeaseInUse => {
  const json = objectIn(answer);
  return {
    fanOutId: textIn(json, 'fanOutId'),
    ...grant(json),
    remainingItems: numberIn(json, 'remainingItems'),
    spentMicros: numberOrNull(json, 'spentMicros'),
    overrunMicros: numberOrNull(json, 'overrunMicros'),
  };
};

export const readMeteringAnswer = (answer: unknown): MeteringAnswer => {
  const json = objectIn(answer);
  return {
    accepted: numberIn(json, 'accepted'),
    duplicates: numberIn(json, 'duplicates'),
    rejected: objectsIn(json, 'rejected').map((rejected) => ({
      index: numberIn(rejected, 'index'),
      code: textIn(rejected, 'code'),
      detail: textIn(rejected, 'detail'),
    })),
    position: textIn(json, 'position'),
  };
};

const check = (json: Json): FanOutCheck => {
  const decision = oneOf(json, 'decision', ['granted', 'denied']);
  const reasons = objectsIn(json, 'reasons').map(reason);
  if (decision === 'denied') return { decision, items: numberIn(json, 'items'), reasons };
  return { decision, ...grant(json), reasons };
};

const grant = (json: Json): Omit<FanOutLease, 'fanOutId'> => ({
  state: oneOf(json, 'state', ['live', 'released', 'expired']),
  groupId: textIn(json, 'groupId'),
  concurrency: numberIn(json, 'concurrency'),
  items: numberIn(json, 'items'),
  heldMicros: numberIn(json, 'heldMicros'),
  estimatedCostMicrosPerItem: numberIn(json, 'estimatedCostMicrosPerItem'),
  expiresAt: textIn(json, 'expiresAt'),
  expiresInSeconds: numberIn(json, 'expiresInSeconds'),
});

const reason = (json: Json): Reason => {
  const { retryAfterSeconds, unsatisfiable, wouldHaveDenied } = json;
  return {
    code: textIn(json, 'code'),
    scope: textIn(json, 'scope'),
    limit: numberOrNull(json, 'limit'),
    used: numberOrNull(json, 'used'),
    requested: numberOrNull(json, 'requested'),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds: numberIn(json, 'retryAfterSeconds') }),
    ...(unsatisfiable === true && { unsatisfiable }),
    ...(wouldHaveDenied === true && { wouldHaveDenied }),
  };
};

const numberOrNull = (json: Json, name: string): number | null => (json[name] === null ? null : numberIn(json, name));
