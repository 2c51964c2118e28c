import { z } from 'zod';
import { controlCharacter, maxTextLength } from '#kernel/ids.js';
import { parseInstant } from '#kernel/instants.js';

/** What started a task. */
export const triggerNames = ['interactive', 'scheduled', 'dispatch', 'subtask'] as const;

/** How fast a request was served: fast mode has prices of its own. */
export const speeds = ['standard', 'fast'] as const;

/** Any text of a record. */
export const text = z
  .string()
  .min(1)
  .max(maxTextLength)
  .refine((value) => !controlCharacter.test(value) && value.isWellFormed(), 'no control characters or lone surrogates');

/** A text that is an id of something other than the record. */
export const id = text.describe(
  'Compared as it is, case included. A new one is stored in the form NFC, and is refused with blanks around it, invisible characters or blanks other than the plain space (`invalidId`).',
);

export const amount = z.int().nonnegative();

export const instant = z
  .string()
  .refine((value) => typeof parseInstant(value) === 'number', 'an ISO 8601 instant with offset');
