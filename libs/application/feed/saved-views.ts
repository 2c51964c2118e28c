import { z } from 'zod';

const anything = z.custom<object>((value) => typeof value === 'object' && value !== null);

/** The shape of `Views.save()`: each view checks its own part. */
export const savedViews = z.strictObject({
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
  adjustments: anything,
  corrections: anything,
  audit: anything,
  seals: anything,
  spentCommands: anything,
  metering: anything,
  meteringRevisions: z.array(z.tuple([z.string(), z.int()])),
});
export type SavedViews = z.infer<typeof savedViews>;
