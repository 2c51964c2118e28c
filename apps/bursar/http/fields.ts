import { z } from 'zod';
import { controlCharacter, maxTextLength } from '#domain/metering/metering-record.js';

/** An id or a name as requests carry it: 1 to 255 characters, none of them a control character or half a pair. */
export const shortText = z
  .string()
  .min(1)
  .max(maxTextLength)
  .refine(
    (text) => !controlCharacter.test(text) && text.isWellFormed(),
    'must have no control characters or lone surrogates',
  );
