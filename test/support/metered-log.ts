import { attribute } from '#metering/domain/attribution.js';
import { correctedRow } from '#metering/domain/metered-row.js';
import { createMeteredBatch } from '#metering/domain/metered-batch.js';
import type { Charge, CorrectedRow } from '#metering/domain/metering.events.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { readRecord } from '#metering/domain/read-record.js';
import { emptyRow } from '#metering/domain/record-row.js';
import { rate } from '#prices/domain/rating.js';
import { SystemClock } from '#system-clock/clock.js';
import { chainStart } from '#audit/domain/chain.js';
import { continueChain } from '#audit/queries/continue-chain.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { Snapshotter } from '#event-sourcing/feed/snapshotter.js';
import type { FoldedViews } from './fold-views.js';
import { Records } from '#metering/queries/records.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import type { Snapshots } from '#event-sourcing/ports/snapshots.js';

export interface Parts {
  readonly log: EventLog;
  readonly index: LocationIndex;
  readonly snapshots: Snapshots;
  readonly views: FoldedViews;
}
export type MeteredLog = Awaited<ReturnType<typeof meteredLog>>;

interface NewEvent {
  readonly type: string;
  readonly data: object;
}

/**
 * Fills a log with the product's own pieces, and folds it as the service does, but without its doors: a test may also
 * store what ingest would have answered as a duplicate, as two processes that share a log do.
 */
export const meteredLog = async ({ log, index, snapshots, views }: Parts) => {
  const clock = new SystemClock();
  const feed = new Feed(log, views.fold, index);
  await feed.start();
  const snapshotter = new Snapshotter(snapshots, index, views.fold, clock, feed);
  const records = new Records(log, index);
  const revisions = new Map<string, number>();
  let commands = 0;
  let sealed = { position: 0, hash: chainStart };

  const append = async (stream: string, ...events: readonly NewEvent[]): Promise<number> => {
    const expectedRevision = revisions.get(stream) ?? -1;
    const meta = {
      commandId: `c${String(++commands)}`,
      now: '2026-11-20T00:00:00.000Z',
      actor: 'system:test',
      reason: '',
    };
    const proposed = events.map((event, place) => proposeEvent(meta.commandId, place, event, meta));
    const outcome = await log.append({ stream, expectedRevision, events: proposed });
    if (outcome.code !== 'stored') throw new Error(`${stream} is at ${String(outcome.actualRevision)}`);
    revisions.set(stream, outcome.revision);
    await feed.reached(outcome.position);
    return outcome.position;
  };

  /** The row of a correction of a record from what it is charged now to something else. */
  const correctionOf = async (source: string, id: string, after: Charge | null): Promise<CorrectedRow | undefined> => {
    const standing = await records.find(source, id);
    const before = standing?.charge ?? null;
    return standing === undefined || before === null ? undefined : correctedRow(standing.record, before, after);
  };

  return {
    feed,
    append,
    correctionOf,
    /** What the record is charged now; null if it is void, undefined if there is none. */
    charge: async (source: string, id: string) => (await records.find(source, id))?.charge,

    /** Fixes currency and zone, as the first record does. */
    fix: (timeZone: string): Promise<number> =>
      append('organisation', { type: 'TimeZoneChosen', data: { timeZone } }, { type: 'OrganisationFixed', data: {} }),

    /** Stores records as one event, attributed and rated, whether or not they were metered before. */
    meter(given: readonly MeteringRecord[]): Promise<number> {
      const batch = createMeteredBatch(views.prices.book.published);
      for (const record of given) {
        const row = emptyRow();
        const charged = { groupId: '', attribution: 0, costMicros: row.costMicros, rating: 0, priceVersion: '' };
        const fault =
          readRecord(record, 'test', row, ['costCenter', 'project']) ??
          (row.costMicros < 0 ? rate(views.prices.book, row, false, charged) : undefined);
        if (fault !== undefined) throw new Error(`not a good record: ${JSON.stringify(fault)}`);
        attribute(row.groupId, undefined, views.directory.groupOf(row.userId, row.occurredAtMs), charged);
        if (row.costMicros >= 0) charged.costMicros = row.costMicros;
        batch.push(row, charged);
      }
      return append('metering-main', { type: 'RecordsMetered', data: batch.columns() });
    },

    /** Voids a record; nothing happens if it is void or was never metered. */
    async void(source: string, id: string): Promise<void> {
      const row = await correctionOf(source, id, null);
      if (row !== undefined) await append('corrections', { type: 'RecordVoided', data: { rows: [row] } });
    },

    /** Charges a record to another group. */
    async reattribute(source: string, id: string, groupId: string): Promise<void> {
      const charge = (await records.find(source, id))?.charge ?? null;
      const row = charge && (await correctionOf(source, id, { ...charge, groupId }));
      if (!row) return;
      await append('corrections', {
        type: 'RecordsCorrected',
        data: { jobId: 'j', rows: [row], scannedPosition: views.fold.position },
      });
    },

    /** Seals the log as far as it goes. */
    async seal(): Promise<void> {
      const { events, ...link } = await continueChain(log, sealed, await log.head(), Infinity);
      sealed = link;
      await append('audit', { type: 'AuditSealed', data: { upToPosition: link.position, hash: link.hash, events } });
    },

    snapshot: (): Promise<void> => snapshotter.take(),
    stop: (): Promise<void> => feed.stop(),
  };
};
