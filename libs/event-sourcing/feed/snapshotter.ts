import { Injectable, Logger } from '@nestjs/common';
import { Packr } from 'msgpackr';
import { Fold } from '../fold.js';
import { loadViews, saveViews } from '../saved-views.js';
import type { FrozenView } from '../view.js';
import { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import { LocationIndex } from '../ports/location-index.js';
import { Snapshots } from '../ports/snapshots.js';
import { Feed } from './feed.js';
import { packedInTurns, unpacked } from './packed-in-turns.js';

/** Parts of a snapshot besides those of views that keep their own. */
const viewsPrefix = 'views/';
const indexPart = 'index';
/** A snapshot spares folding again what came before it; more often than this would cost more than it spares. */
const betweenSnapshotsMs = 120_000;
/** Whether a view wants one is a question with a cost of its own. */
const betweenQuestionsMs = 1_000;

const codec = new Packr({ useRecords: false, variableMapSize: true });

/**
 * Snapshot: takes snapshots of all views while the feed goes on: now and then, when a view asks for one, and at the
 * end.
 */
@Injectable()
export class Snapshotter {
  private taking: Promise<void> | undefined;
  private takenAtMs: number;
  private takenAt = 0;
  private askedAtMs = 0;
  private readonly logger = new Logger(Snapshotter.name);

  constructor(
    private readonly snapshots: Snapshots,
    private readonly index: LocationIndex,
    private readonly fold: Fold,
    private readonly clock: Clock,
    private readonly feed: Feed,
  ) {
    this.takenAtMs = clock.now();
  }

  /** Begins to take snapshots with the next batch of the feed. */
  start(): void {
    this.takenAt = this.snapshots.position() ?? 0;
    this.feed.onBatch(() => {
      this.takeIfDue();
    });
  }

  /** Takes one of what the views hold now, unless there is one already. Resolves when it is on disk. */
  async take(): Promise<void> {
    await this.taking;
    if (this.fold.position === this.takenAt) return;
    this.taking = this.write().finally(() => {
      this.taking = undefined;
    });
    await this.taking;
  }

  private takeIfDue(): void {
    const nowMs = this.clock.now();
    if (this.taking !== undefined || nowMs - this.askedAtMs < betweenQuestionsMs) return;
    this.askedAtMs = nowMs;
    if (nowMs - this.takenAtMs < betweenSnapshotsMs && !this.fold.parted().some((view) => view.wantsSnapshot())) return;
    // The views stay as good as they are without a snapshot: a failure is told, and tried again when the next is due.
    this.take().catch((error: unknown) => {
      this.logger.error(error);
    });
  }

  private async write(): Promise<void> {
    // All of this belongs to one moment: nothing is awaited until every view has been frozen, and what is saved of a view
    // does not change when it goes on.
    this.takenAtMs = this.clock.now();
    const { position } = this.fold;
    const saved = saveViews(this.fold);
    const sealed = this.index.checkpoint();
    const frozen = this.fold.parted().map((view) => view.freeze());
    try {
      // Together: a seal that fails while the views are packed has somebody who hears of it.
      // And a snapshot is never ahead of the log it is found beside.
      const [views, manifest] = await Promise.all([packedInTurns(saved), sealed, this.feed.flushed()]);
      const outdated = this.snapshots.keys(viewsPrefix).slice(views.length);
      await this.snapshots.save(position, partsOf(views, outdated, codec.pack(manifest), frozen));
      for (const view of frozen) view.commit();
      this.takenAt = position;
    } catch (error) {
      for (const view of frozen) view.abort();
      throw error;
    }
  }
}

function* partsOf(
  views: readonly Uint8Array[],
  outdated: readonly string[],
  index: Uint8Array,
  frozen: readonly FrozenView[],
): Iterable<readonly [string, Uint8Array | undefined]> {
  for (const [place, block] of views.entries()) yield [`${viewsPrefix}${String(place).padStart(6, '0')}`, block];
  for (const key of outdated) yield [key, undefined];
  yield [indexPart, index];
  for (const view of frozen) yield* view.parts;
}

/** The manifest to open the place index with, or undefined without a snapshot. Throws when the snapshot is damaged. */
export const manifestIn = (snapshots: Snapshots): object | undefined => {
  if (snapshots.position() === undefined) return undefined;
  const manifest: unknown = codec.unpack(snapshots.require(indexPart));
  if (typeof manifest !== 'object' || manifest === null) throw new Error('the snapshot has lost its index');
  return manifest;
};

/** Where views read parts of a snapshot that they do not hold in memory. Throws if there is no such part. */
export type LoadPart = (key: string) => Uint8Array;

/** For views that are never saved. */
export const noParts: LoadPart = (key) => {
  throw new Error(`there is no snapshot to read ${key} from`);
};

/** Takes the snapshot at hand into views that have folded nothing. Throws when it is damaged. */
export const restore = (fold: Fold, snapshots: Snapshots): void => {
  const position = snapshots.position();
  if (position === undefined) return;
  const blocks = snapshots.keys(viewsPrefix).map((key) => snapshots.require(key));
  loadViews(fold, position, unpacked(blocks));
  for (const view of fold.parted()) view.restore(snapshots.keys(view.prefix));
};

/** Whether the views were folded from this log: it has the same event where they stand. */
export const areOf = async ({ position, lastEventId }: Fold, log: EventLog): Promise<boolean> =>
  position === 0 || (await log.readAt(position))?.id === lastEventId;
