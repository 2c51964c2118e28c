import { type LoadPart, restore } from '#event-sourcing/feed/snapshotter.js';
import { createViews } from '#apps/bursar/bursar.views.js';
import type { Admissions } from '#fan-out/domain/admissions.js';
import { Fold } from '#event-sourcing/fold.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import type { Snapshots } from '#event-sourcing/ports/snapshots.js';

export type FoldedViews = ReturnType<typeof foldedViews>;

/** The views of the service and their fold, empty. */
export const foldedViews = (index: LocationIndex, loadPart: LoadPart, admissions?: Admissions) => {
  const views = createViews(index, loadPart, admissions);
  return { ...views, admissions: views.admissions.admissions, all: views, fold: new Fold(Object.values(views)) };
};

/** The same, as the snapshot at hand holds them. */
export const restoredViews = (snapshots: Snapshots, index: LocationIndex, admissions?: Admissions): FoldedViews => {
  const views = foldedViews(index, (key) => snapshots.require(key), admissions);
  restore(views.fold, snapshots);
  return views;
};
