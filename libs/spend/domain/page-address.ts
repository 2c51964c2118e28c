import { formatDay, formatPeriod, parseDay, parsePeriod } from '#kernel/instants.js';
import { maxLabelKeysEver } from '#organisation/domain/organisation.events.js';
import { isLabelDimension, materialisedViews } from './spend.dimensions.js';
import type { ViewPlaces } from './view-places.js';

export const bucketKinds = ['day', 'month'] as const;
export type BucketKind = (typeof bucketKinds)[number];
/** A `Day` or a `Period`, as the kind says: both are numbers in order. */
export type Bucket = number;

/** Where a page belongs, packed into one number: it is looked up for every run of rows. */
export type PageAddress = number;

/** So many bits are enough for the place of a view; the lowest one is that of the kind. */
const viewBits = 32 - Math.clz32(materialisedViews.length + maxLabelKeysEver - 1);
const bucketShift = viewBits + 1;
const viewMask = (1 << viewBits) - 1;

/** @param viewPlace the place of the view among `ViewPlaces` */
export const addressAt = (viewPlace: number, kind: BucketKind, bucket: Bucket): PageAddress =>
  (bucket << bucketShift) | (viewPlace << 1) | (kind === 'day' ? 0 : 1);

export const viewPlaceOf = (address: PageAddress): number => (address >> 1) & viewMask;

export const kindOf = (address: PageAddress): BucketKind => ((address & 1) === 0 ? 'day' : 'month');

export const bucketOf = (address: PageAddress): Bucket => address >> bucketShift;

/** The address of the same view a day or a month earlier. */
export const previousBucket = (address: PageAddress): PageAddress => address - (1 << bucketShift);

/** `yyyy-MM-dd` or `yyyy-MM`. */
export const bucketText = (address: PageAddress): string =>
  kindOf(address) === 'day' ? formatDay(bucketOf(address)) : formatPeriod(bucketOf(address));

const pagePrefix = 'spend/page/';

/** The key of a page in a snapshot: it speaks for itself, and does not depend on the places of views. */
export const pageKeyOf = (address: PageAddress, views: ViewPlaces): string =>
  `${pagePrefix}${views.viewAt(viewPlaceOf(address))}/${kindOf(address)}/${bucketText(address)}`;

/** The address of a key; nothing if no kept view has such pages (any more). */
export const addressOfKey = (key: string, views: ViewPlaces): PageAddress | undefined => {
  const [viewName, kindName, text = ''] = key.slice(pagePrefix.length).split('/');
  const view = isLabelDimension(viewName) ? viewName : materialisedViews.find((name) => name === viewName);
  const kind = bucketKinds.find((name) => name === kindName);
  if (view === undefined || kind === undefined) return undefined;
  const bucket = kind === 'day' ? parseDay(text) : parsePeriod(text);
  return bucket === undefined ? undefined : addressAt(views.placeFor(view), kind, bucket);
};
