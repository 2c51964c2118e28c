import { type Day, type Period, periodOfDay } from '#kernel/days.js';
import { Cells } from './cells.js';
import { decodePage, Page } from './page.js';
import {
  addressOfKey,
  bucketOf,
  type BucketKind,
  type Bucket,
  pageKeyOf,
  kindOf,
  type PageAddress,
  previousBucket,
  viewPlaceOf,
} from './page-address.js';
import { ConsistentScan } from './consistent-scan.js';
import type { KeptView } from './spend.dimensions.js';
import { ViewPlaces } from './view-places.js';

/** How far back pages stay in memory, counted from the latest day that was folded. */
const recentDays = 62;
const recentMonths = 13;
/** How many older pages stay for a while after they were read. */
const maxVisitors = 64;
const cellsPerTidying = 10_000;

export interface PagesUsage {
  /** Of all pages in memory, and how many these are. */
  readonly bytes: number;
  readonly pages: number;
  /** Of pages that are in memory only because they wait for a snapshot. */
  readonly waitingBytes: number;
  /** Pages that have changed since the last snapshot began. */
  readonly dirtyPages: number;
}

/**
 * Page cache: every page of the view: recent and changed ones in memory, older ones in the snapshot until they are
 * asked for. A page that differs from the snapshot never leaves memory.
 */
export class PageCache {
  /** Recent pages, and older ones that have changed since the snapshot. */
  readonly #residents = new Map<PageAddress, Page>();
  /** Older pages as the snapshot has them; the one read least recently comes first. */
  readonly #visitors = new Map<PageAddress, Page>();
  /** All that exist, wherever they are. */
  readonly #known = new Set<PageAddress>();
  readonly #readings = new Set<ConsistentScan>();
  /** Changed since the last snapshot began, and what that snapshot is still saving. */
  #dirty = new Set<PageAddress>();
  #saving: ReadonlySet<PageAddress> | undefined;
  #untidy: PageAddress[] = [];
  #latestDay: Day = -Infinity;
  readonly #load: (key: string) => Uint8Array;
  readonly views = new ViewPlaces();

  /** @param load reads a page of the snapshot; throws if it is not there */
  constructor(load: (key: string) => Uint8Array) {
    this.#load = load;
  }

  /** Takes in the keys of a snapshot: recent pages are read now, the others when they are asked for. */
  restore(keys: readonly string[]): void {
    for (const key of keys) {
      const address = addressOfKey(key, this.views);
      if (address !== undefined) this.#known.add(address);
    }
    const days = [...this.#known].filter((address) => kindOf(address) === 'day').map(bucketOf);
    this.#latestDay = days.reduce((latest, day) => Math.max(latest, day), -Infinity);
    for (const address of this.#known) if (this.#isRecent(address)) this.#residents.set(address, this.#fetch(address));
  }

  /** The page as it is now, to be read at once; nothing if it never was. */
  read(address: PageAddress): Page | undefined {
    const resident = this.#residents.get(address);
    if (resident !== undefined || !this.#known.has(address)) return resident;
    const visitor = this.#visitors.get(address) ?? this.#fetch(address);
    this.#visitors.delete(address);
    this.#visitors.set(address, visitor);
    this.#limitVisitors();
    return visitor;
  }

  /** The page, to be changed at once. */
  write(address: PageAddress): Page {
    const found = this.#residents.get(address) ?? this.read(address) ?? this.#newPage(address);
    const page = this.#readings.size > 0 && this.#leaveToReadings(address, found) ? found.copy(false) : found;
    if (page !== found || !this.#dirty.has(address)) {
      this.#visitors.delete(address);
      this.#residents.set(address, page);
      this.#known.add(address);
      this.#dirty.add(address);
    }
    return page;
  }

  /** The view has come to this day: what is no longer recent may go, what is no longer growing is trimmed bit by bit. */
  reach(day: Day): void {
    if (day <= this.#latestDay) return;
    this.#latestDay = day;
    this.#dismiss(this.#residents.keys());
    this.#untidy = [...this.#residents.keys()];
  }

  /** A small step of what `reach` left to do: trims a few thousand cells. */
  tidy(): void {
    for (let trimmed = 0; trimmed < cellsPerTidying;) {
      const address = this.#untidy.pop();
      if (address === undefined) return;
      const page = this.#residents.get(address);
      if (page === undefined || this.#isGrowing(address) || !page.isLoose()) continue;
      this.#residents.set(address, page.copy(true));
      trimmed += page.spent.used;
    }
  }

  /** Addresses of the pages of one view with a bucket in `[from, to)`. */
  addresses(view: KeptView, kind: BucketKind, from: Bucket, to: Bucket): PageAddress[] {
    const place = this.views.placeOf(view);
    return [...this.#known].filter((address) => {
      const bucket = bucketOf(address);
      return bucket >= from && bucket < to && kindOf(address) === kind && viewPlaceOf(address) === place;
    });
  }

  all(): PageAddress[] {
    return [...this.#known];
  }

  /** Begins to read pages as they are now, also if the fold goes on meanwhile. */
  reading(addresses: Iterable<PageAddress>): ConsistentScan {
    const reading = new ConsistentScan(
      addresses,
      (address) => this.read(address),
      (ended) => this.#readings.delete(ended),
    );
    this.#readings.add(reading);
    return reading;
  }

  /** Begins to save what has changed; it counts as changed until `saved`. One save at a time. */
  beginSaving(): ConsistentScan {
    if (this.#saving !== undefined) throw new Error('a snapshot of spend is already being made');
    this.#saving = this.#dirty;
    this.#dirty = new Set();
    return this.reading(this.#saving);
  }

  /** The save that was begun is durable: what has not changed since may leave memory. */
  saved(): void {
    const clean = this.#saving ?? [];
    this.#saving = undefined;
    this.#dismiss(clean);
  }

  /** The save that was begun has failed: everything in it counts as changed again. */
  notSaved(): void {
    for (const address of this.#saving ?? []) this.#dirty.add(address);
    this.#saving = undefined;
  }

  usage(): PagesUsage {
    let waitingBytes = 0;
    let bytes = 0;
    for (const [address, page] of this.#residents) {
      bytes += page.bytes;
      if (!this.#isRecent(address)) waitingBytes += page.bytes;
    }
    for (const page of this.#visitors.values()) bytes += page.bytes;
    return { bytes, waitingBytes, pages: this.#residents.size + this.#visitors.size, dirtyPages: this.#dirty.size };
  }

  #fetch(address: PageAddress): Page {
    return decodePage(this.#load(pageKeyOf(address, this.views)));
  }

  /** A bucket mostly gets about as many cells as the one before it: room for them at once saves growing step by step. */
  #newPage(address: PageAddress): Page {
    const before = this.#residents.get(previousBucket(address));
    return before === undefined ? new Page() : new Page(Cells.withRoomFor(before.spent.used));
  }

  #leaveToReadings(address: PageAddress, page: Page): boolean {
    let left = false;
    for (const reading of this.#readings) left = reading.leave(address, page) || left;
    return left;
  }

  #dismiss(addresses: Iterable<PageAddress>): void {
    for (const address of addresses) {
      if (this.#isRecent(address) || this.#dirty.has(address) || this.#saving?.has(address) === true) continue;
      this.#residents.delete(address);
    }
  }

  #limitVisitors(): void {
    if (this.#visitors.size <= maxVisitors) return;
    for (const oldest of this.#visitors.keys()) {
      this.#visitors.delete(oldest);
      return;
    }
  }

  #isRecent(address: PageAddress): boolean {
    return kindOf(address) === 'day'
      ? bucketOf(address) > this.#latestDay - recentDays
      : bucketOf(address) > this.#latestPeriod() - recentMonths;
  }

  /** Whether most of what comes in now lands here. */
  #isGrowing(address: PageAddress): boolean {
    return bucketOf(address) >= (kindOf(address) === 'day' ? this.#latestDay : this.#latestPeriod());
  }

  #latestPeriod(): Period {
    return periodOfDay(this.#latestDay);
  }
}
