import { z } from 'zod';

const anything = z.custom<object>((value) => typeof value === 'object' && value !== null);

/** Goes up when what the views fold from an event has another meaning: what was folded before is then folded anew. */
export const foldVersion = 2;

/** The shape of `Views.save()`: each view checks its own part. */
export const savedViews = z.strictObject({
  // Versions that knew no such number were the first.
  foldVersion: z
    .int()
    .default(1)
    .refine((saved) => saved === foldVersion, 'the views were folded by another version'),
  /** The id of the last event folded: a log that has another one at its position is not the one that was folded. */
  lastEventId: z.string(),
  organisation: anything,
  directory: anything,
  access: anything,
  alerts: anything,
  prices: anything,
  caps: anything,
  periods: anything,
  admissions: anything,
  limits: anything,
  taskCosts: anything,
  largeRecords: anything,
  adjustments: anything,
  corrections: anything,
  audit: anything,
  seals: anything,
  spentCommands: anything,
  metering: anything,
  meteringRevisions: z.array(z.tuple([z.string(), z.int()])),
});
export type SavedViews = z.infer<typeof savedViews>;
