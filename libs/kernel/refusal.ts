/**
 * An expected refusal: a rule said no. It is a value, never thrown by the domain. The edge turns it into a problem
 * document; `code` is stable and part of the API.
 */
export interface Refusal<Code extends string> {
  readonly refused: true;
  readonly code: Code;
  /** One sentence: what happened and what to do. */
  readonly detail: string;
}

/** Every refusal a command can get, and the HTTP status it answers with. One place, closed. */
export const refusalStatus = {
  currencyFixed: 409,
  timeZoneFixed: 409,
  unknownCurrency: 400,
  unknownTimeZone: 400,
  unknownCountry: 400,
  groupNotAllowed: 403,
  sourceNotAllowed: 403,
  unknownGroup: 404,
  unknownUser: 404,
  unknownTask: 404,
  unknownRecord: 404,
  unknownJob: 404,
  unknownApiKey: 404,
  unknownAlert: 404,
  alreadyVoided: 409,
  taskAlreadyFinished: 409,
  priceAlreadyPublished: 409,
  lastOwnerKey: 409,
  invalidMultiple: 400,
  floorAboveCeiling: 400,
  invalidThresholds: 400,
  invalidUserShare: 400,
  invalidAmount: 400,
  reasonMissing: 400,
  enforceTooEarly: 409,
  periodOver: 409,
  periodNotEnded: 409,
  periodAlreadyClosed: 409,
  alertNotOpen: 409,
  unknownFanOut: 404,
  unknownParentFanOut: 404,
  parentFanOutEnded: 409,
  parentOfAnotherTree: 409,
  requestIdConflict: 409,
  holdTooLarge: 400,
  leaseEnded: 409,
  invalidValue: 400,
  invalidId: 400,
  staleVersion: 412,
  idempotencyConflict: 409,
} as const;

export type RefusalCode = keyof typeof refusalStatus;

export const refuse = <Code extends string>(code: Code, detail: string): Refusal<Code> => ({
  refused: true,
  code,
  detail,
});

/** Tells a refusal from an outcome; what it may say is what the type of the value names. */
export const isRefusal = <T, Code extends string = never>(
  value: T | Refusal<Code>,
): value is Extract<T | Refusal<Code>, Refusal<Code>> => isRefused(value);

const isRefused = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'refused' in value && value.refused === true;
