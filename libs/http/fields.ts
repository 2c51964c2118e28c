import { z } from 'zod';
import { parseInstant } from '#kernel/instants.js';
import { controlCharacter, maxTextLength } from '#kernel/ids.js';
import { Problem } from './problem.js';

/** An id or a name as requests carry it: 1 to 255 characters, none of them a control character or half a pair. */
export const shortText = z
  .string()
  .min(1)
  .max(maxTextLength)
  .refine(
    (text) => !controlCharacter.test(text) && text.isWellFormed(),
    'must have no control characters or lone surrogates',
  );

/** Milliseconds since 1970 of an instant in a body. @throws Problem 400 when it is none */
export const instantIn = (text: string): number => {
  const ms = parseInstant(text);
  if (typeof ms === 'string') throw new Problem(400, ms, 'This is no instant with an offset.');
  return ms;
};
