import { z } from 'zod';
import { shapeOf } from './metering-field.js';
import { recordFields } from './record-fields.js';

/** Control characters and every half of a surrogate pair: whole pairs are fine, so these want a second look. */
export const suspectCharacter = /[^\u0020-\u007e\u00a0-\ud7ff\ue000-\uffff]/;

/**
 * One metering record as a sender writes it: the contract of `POST /api/v1/metering`, and the schema in OpenAPI.
 * The hot path reads records with `readRecord`, which a property holds to this schema.
 */
export const meteringRecord = z
  .strictObject(shapeOf(recordFields))
  .refine(
    (record) => record.costMicros !== undefined || record.usage !== undefined,
    'costMicros or usage must be there',
  );
export type MeteringRecord = z.input<typeof meteringRecord>;

/** Why a record was refused. Stable, part of the API. */
export const recordFaultCodes = [
  'recordNotObject',
  'unknownField',
  'missingField',
  'wrongType',
  'textEmpty',
  'textTooLong',
  'controlCharacter',
  'loneSurrogate',
  'invalidId',
  'negativeAmount',
  'fractionalAmount',
  'amountTooLarge',
  'notATime',
  'timeWithoutZone',
  'tooOld',
  'tooFarAhead',
  'unknownCurrency',
  'currencyMismatch',
  'unknownTrigger',
  'unknownSpeed',
  'costOrUsageMissing',
  'identityConflict',
  'pricesMissing',
  'costOutOfRange',
  'sourceNotAllowed',
  'groupNotAllowed',
  'notACloudEvent',
  'unknownEventType',
  'contradictsEnvelope',
] as const;
export type RecordFaultCode = (typeof recordFaultCodes)[number];

export interface RecordFault {
  readonly code: RecordFaultCode;
  /** Which field, and what to do. One sentence. */
  readonly detail: string;
}
