import { Injectable, Logger } from '@nestjs/common';
import { Packr } from 'msgpackr';
import type { Admissions } from '#domain/fan-out/admissions.js';
import { spendPrefix } from '#domain/spend/spend.snapshot.js';
import { Clock } from '#ports/clock.js';
import type { EventLog } from '#ports/event-log.js';
import { PlaceIndex } from '#ports/place-index.js';
import { Snapshots } from '#ports/snapshots.js';
import { Feed } from './feed.js';
import { packedInTurns, unpacked } from './packed-in-turns.js';
import { savedViews } from './saved-views.js';
import { Views } from './views.js';
import type { LoadPart } from './views.js';

/** Parts of a snapshot besides those of spend. */
const viewsPrefix = 'views/';
const indexPart = 'index';
/** A snapshot spares folding again what came before it; more often than this would cost more than it spares. */
const betweenSnapshotsMs = 120_000;
/** Whether spend wants one is a question with a cost of its own. */
const betweenQuestionsMs = 1_000;

const codec = new Packr({ useRecords: false, variableMapSize: true });

/** Takes snapshots of all views while the feed goes on: now and then, when spend asks for one, and at the end. */
@Injectable()
export class Snapshotter {
  private taking: Promise<void> | undefined;
  private takenAtMs: number;
  private takenAt = 0;
  private askedAtMs = 0;
  private readonly logger = new Logger(Snapshotter.name);

  constructor(
    private readonly snapshots: Snapshots,
    private readonly index: PlaceIndex,
    private readonly views: Views,
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
    if (this.views.position === this.takenAt) return;
    this.taking = this.write().finally(() => {
      this.taking = undefined;
    });
    await this.taking;
  }

  private takeIfDue(): void {
    const nowMs = this.clock.now();
    if (this.taking !== undefined || nowMs - this.askedAtMs < betweenQuestionsMs) return;
    this.askedAtMs = nowMs;
    if (nowMs - this.takenAtMs < betweenSnapshotsMs && !this.views.spend.wantsSnapshot()) return;
    // The views stay as good as they are without a snapshot: a failure is told, and tried again when the next is due.
    this.take().catch((error: unknown) => {
      this.logger.error(error);
    });
  }

  private async write(): Promise<void> {
    // All of this belongs to one moment: nothing is awaited until every view has been frozen, and what is saved of a view
    // does not change when it goes on.
    this.takenAtMs = this.clock.now();
    const { position } = this.views;
    const saved = this.views.save();
    const sealed = this.index.seal();
    const spend = this.views.spend.beginSnapshot();
    try {
      // Together: a seal that fails while the views are packed has somebody who hears of it.
      // And a snapshot is never ahead of the log it is found beside.
      const [views, manifest] = await Promise.all([packedInTurns(saved), sealed, this.feed.flushed()]);
      const outdated = this.snapshots.keys(viewsPrefix).slice(views.length);
      await this.snapshots.save(position, partsOf(views, outdated, codec.pack(manifest), spend.parts));
      spend.commit();
      this.takenAt = position;
    } catch (error) {
      spend.abort();
      throw error;
    }
  }
}

function* partsOf(
  views: readonly Uint8Array[],
  outdated: readonly string[],
  index: Uint8Array,
  spend: Iterable<readonly [string, Uint8Array]>,
): Iterable<readonly [string, Uint8Array | undefined]> {
  for (const [place, block] of views.entries()) yield [`${viewsPrefix}${String(place).padStart(6, '0')}`, block];
  for (const key of outdated) yield [key, undefined];
  yield [indexPart, index];
  yield* spend;
}

/** The manifest to open the place index with, or undefined without a snapshot. Throws when the snapshot is damaged. */
export const manifestIn = (snapshots: Snapshots): object | undefined => {
  if (snapshots.position() === undefined) return undefined;
  const manifest: unknown = codec.unpack(snapshots.require(indexPart));
  if (typeof manifest !== 'object' || manifest === null) throw new Error('the snapshot has lost its index');
  return manifest;
};

/** Views as the snapshot at hand holds them, or empty ones without a snapshot. Throws when it is damaged. */
export const restoredViews = (snapshots: Snapshots, index: PlaceIndex, admissions?: Admissions): Views => {
  const loadPart: LoadPart = (key) => snapshots.require(key);
  const views = new Views(index, loadPart, admissions);
  const position = snapshots.position();
  if (position === undefined) return views;
  views.load(position, savedViews.parse(unpacked(snapshots.keys(viewsPrefix).map(loadPart))));
  views.spend.restore(snapshots.keys(spendPrefix));
  return views;
};

/** Whether the views were folded from this log: it has the same event where they stand. */
export const areOf = async ({ position, lastEventId }: Views, log: EventLog): Promise<boolean> =>
  position === 0 || (await log.readAt(position))?.id === lastEventId;
