import { createHash } from 'node:crypto';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { MemorySnapshots } from '#event-log-memory/snapshots.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { manifestIn, noParts, Snapshotter } from '#event-sourcing/feed/snapshotter.js';
import { saveViews } from '#event-sourcing/saved-views.js';
import { foldedViews, type FoldedViews, restoredViews } from '#test/support/fold-views.js';
import { lastHourLines } from '#spend/domain/last-hours.lines.js';
import { spendLines } from '#spend/domain/spend.lines.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import type { Snapshots } from '#event-sourcing/ports/snapshots.js';
import type { Disk } from './process.js';

/** The content of the spend views, as lines that do not depend on how they came about. */
export const linesOf = ({ spend }: FoldedViews): readonly string[] => [...spendLines(spend)];

/** One hash over everything the views hold that queries and commands can see. */
export const hashOf = (views: FoldedViews): string =>
  createHash('sha256')
    .update(linesOf(views).join('\n'))
    .update(lastHourLines(views.spend).join('\n'))
    .update(JSON.stringify({ ...saveViews(views.fold), position: views.fold.position }, inOrder))
    .digest('hex');

/** Which of its fields an object got first says nothing. */
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

export const everyEvent = ({ log }: Disk): Promise<readonly StoredEvent[]> => log.readAll(0, Number.MAX_SAFE_INTEGER);

/** Views folded from nothing. */
export const replayed = (events: readonly StoredEvent[]): FoldedViews => {
  const views = foldedViews(new MemoryLocationIndex(), noParts);
  events.forEach((event) => {
    views.fold.apply(event);
  });
  return views;
};

/** The snapshot at hand, and every event after it. */
export const continued = (snapshots: Snapshots, events: readonly StoredEvent[]): FoldedViews => {
  const views = restoredViews(snapshots, new MemoryLocationIndex(manifestIn(snapshots)));
  events
    .filter(({ position }) => position > views.fold.position)
    .forEach((event) => {
      views.fold.apply(event);
    });
  return views;
};

/** Folds up to a position, takes a snapshot there, and goes on from it as another process would. */
export const replayedInHalves = async (
  { clock, log }: Disk,
  events: readonly StoredEvent[],
  half: number,
): Promise<FoldedViews> => {
  const index = new MemoryLocationIndex();
  const snapshots = new MemorySnapshots();
  const views = foldedViews(index, (key) => snapshots.require(key));
  events.slice(0, half).forEach((event) => {
    views.fold.apply(event);
  });
  const taken = new Snapshotter(snapshots, index, views.fold, clock, new Feed(log, views.fold, index)).take();
  // What comes while it is being written is not in it.
  events.slice(half).forEach((event) => {
    views.fold.apply(event);
  });
  await taken;
  return continued(snapshots, events);
};
