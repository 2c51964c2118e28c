import { z } from 'zod';
import { type Fold, foldVersion } from './fold.js';

const viewPart = z.custom<object>((value) => typeof value === 'object' && value !== null);

/** What a snapshot keeps of the views: each checks its own part, by its name. */
const savedViews = z
  .object({
    // Versions that knew no such number were the first.
    foldVersion: z
      .int()
      .default(1)
      .refine((saved) => saved === foldVersion, 'the views were folded by another version'),
    /** The id of the last event folded: a log that has another one at its position is not the one that was folded. */
    lastEventId: z.string(),
    /** Names of the views that keep parts of their own: one that was not there yet would begin empty. */
    parted: z.array(z.string()),
  })
  .catchall(viewPart)
  .transform(({ foldVersion, lastEventId, parted, ...parts }) => ({ foldVersion, lastEventId, parted, parts }));

/** The views that are saved as one value each, as one JSON-native value. */
export const saveViews = (fold: Fold): object => ({
  foldVersion,
  lastEventId: fold.lastEventId,
  parted: fold.parted().map(({ name }) => name),
  ...Object.fromEntries(fold.whole().map((view) => [view.name, view.save()])),
});

/** Takes over what `saveViews` gave, into views that have folded nothing. Throws when it is something else. */
export const loadViews = (fold: Fold, position: number, saved: unknown): void => {
  const { lastEventId, parted, parts } = savedViews.parse(saved);
  const views = fold.whole();
  for (const { name } of fold.parted()) {
    if (!parted.includes(name)) throw new Error(`the snapshot has lost the view "${name}"`);
  }
  const unknown = Object.keys(parts).filter((name) => !views.some((view) => view.name === name));
  if (unknown.length > 0) throw new Error(`the snapshot holds views that are not known: ${unknown.join(', ')}`);
  for (const view of views) {
    if (!(view.name in parts)) throw new Error(`the snapshot has lost the view "${view.name}"`);
    view.load(parts[view.name]);
  }
  fold.position = position;
  fold.lastEventId = lastEventId;
};
