import { z } from 'zod';
import { controlCharacter, maxTextLength } from '#kernel/ids.js';
import { parseInstant } from '#kernel/instants.js';

/** Control characters and every half of a surrogate pair: whole pairs are fine, so these want a second look. */
export const suspectCharacter = /[^\u0020-\u007e\u00a0-\ud7ff\ue000-\uffff]/;

const text = z
  .string()
  .min(1)
  .max(maxTextLength)
  .refine((value) => !controlCharacter.test(value) && value.isWellFormed(), 'no control characters or lone surrogates');
const amount = z.int().nonnegative();

/** What started a task. */
export const triggerNames = ['interactive', 'scheduled', 'dispatch', 'subtask'] as const;

/** How fast a request was served: fast mode has prices of its own. */
export const speeds = ['standard', 'fast'] as const;

const id = text.describe(
  'Compared as it is, case included. A new one is stored in the form NFC, and is refused with blanks around it, invisible characters or blanks other than the plain space (`invalidId`).',
);

/**
 * One metering record as a sender writes it: the contract of `POST /api/v1/metering`, and the schema in OpenAPI.
 * The hot path reads records with `readRecord`, which a property holds to this schema.
 */
export const meteringRecord = z
  .strictObject({
    source: text.optional().describe('Who meters. Optional with a key that names one.'),
    id: text.describe('Unique within the source, for ever: (source, id) is the identity of the record.'),
    taskId: id,
    parentTaskId: id.optional(),
    userId: id,
    groupId: text.optional().describe("The group to charge; else the user's group at `occurredAt`, else `unassigned`."),
    occurredAt: z
      .string()
      .refine((value) => typeof parseInstant(value) === 'number', 'an ISO 8601 instant with offset')
      .describe('ISO 8601 with offset; kept to the millisecond.'),
    costMicros: amount
      .optional()
      .describe(
        "Reported cost in micros of the organisation's currency. 0 beside usage counts as unknown, unless the key says that it is free.",
      ),
    currency: text.optional().describe("ISO 4217; must be the organisation's."),
    model: text.optional(),
    batch: z.boolean().optional(),
    usage: z
      .strictObject({
        inputTokens: amount.optional(),
        outputTokens: amount.optional(),
        cacheReadTokens: amount.optional(),
        cacheWrite5mTokens: amount.optional(),
        cacheWrite1hTokens: amount.optional(),
        webSearches: amount.optional().describe('How often the web was searched.'),
        speed: z.enum(speeds).optional().describe('`standard` if left out.'),
      })
      .refine(
        (usage) => Object.keys(usage).some((name) => name !== 'speed'),
        'at least one kind of tokens, or webSearches',
      )
      .optional(),
    trigger: z.enum(triggerNames).optional(),
    scheduleId: id.optional(),
    fanOutId: id.optional(),
    skill: id.optional(),
    plugin: id.optional(),
    connector: id.optional(),
    tool: id.optional(),
    durationMs: amount.optional(),
    sourceCount: amount.optional(),
  })
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
