import { z } from 'zod';

/** What `POST /metering` answers, for the OpenAPI document. An answer may get more fields. */
export const meteringAnswer = z.looseObject({
  accepted: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  rejected: z.array(
    z.looseObject({
      index: z.int().nonnegative(),
      id: z.string().nullable().describe('Null if the record had none that can be repeated.'),
      code: z.string(),
      detail: z.string(),
    }),
  ),
  position: z.string().describe('Log position from which on every view shows what was accepted.'),
});
