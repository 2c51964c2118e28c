import { isCorrectionEvent, isRecordsMetered, isTaskFinished } from '#metering/domain/metering.events.js';
import type { Charge, CorrectedRow, MeteredColumns } from '#metering/domain/metering.events.js';
import { isOrganisationEvent } from '#organisation/domain/organisation.events.js';
import { isPricesEvent } from '#prices/domain/prices.events.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { createCorrectionCheck } from './correction-check.js';
import type { Findings } from './findings.js';
import { createPlainHours } from './plain-hours.js';
import { createPlainOrganisation } from './plain-organisation.js';
import { createPlainPrices } from './plain-prices.js';
import { identityOf, recordsOf, sameContent } from './plain-record.js';
import type { PlainPlace, PlainRecord } from './plain-record.js';
import { createPlainSpend } from './plain-spend.js';
import { createPlainTokens } from './plain-tokens.js';

export interface RecountOptions {
  /** Reads a record again that was applied before. */
  readonly read: (place: PlainPlace) => Promise<PlainRecord>;
  /** Hears of every row, in order, and of the place that counts for its identity. */
  readonly onRow: (record: PlainRecord, first: PlainPlace) => void;
  readonly findings: Findings;
}

/** Rows fit into 16 bits, so that a place is one number. */
const rowsInPlace = 65_536;

/**
 * Works out what the log says about spend, the plain way: events in order, maps keyed by texts, sums of any size, and
 * every repeat compared field by field with what stood first. It shares the schemas of the events with the service,
 * and none of its folds, nor its calendar.
 */
export const createRecount = ({ read, onRow, findings }: RecountOptions) => {
  const [ratings, correctionFindings] = [findings.of('rating'), findings.of('correction')];
  const identities = new Map<string, number>();
  /** What corrected records are charged by now; null for a void one. */
  const corrected = new Map<string, Charge | null>();
  const uncounted = new Map<number, string>();
  const finishes = new Map<string, number>();
  const spend = createPlainSpend();
  const hours = createPlainHours();
  const tokens = createPlainTokens();
  const prices = createPlainPrices();
  const organisation = createPlainOrganisation(findings.of('organisation'));
  const corrections = createCorrectionCheck(correctionFindings);
  const counts = { records: 0, duplicates: 0, conflicts: 0, voids: 0, corrections: 0 };

  const charge = (record: PlainRecord, charged: Charge, position: number): void => {
    const fault = prices.faultOf(record, charged, organisation.settings.currency);
    if (fault !== undefined) ratings.add(`rating of ${identityOf(record)} at position ${String(position)}`, fault);
    spend.add(record, charged, organisation.days(), 1);
    hours.add(record, charged, 1);
  };

  const applyMetered = async (position: number, columns: MeteredColumns): Promise<void> => {
    organisation.requireFixed(position);
    const left: string[] = [];
    for (const [row, record] of recordsOf(columns).entries()) {
      const identity = identityOf(record);
      const known = identities.get(identity);
      onRow(record, known === undefined ? { position, row } : placeOf(known));
      if (known === undefined) {
        identities.set(identity, position * rowsInPlace + row);
        counts.records++;
        charge(record, record.charge, position);
        tokens.add(record, 1);
        continue;
      }
      const outcome = sameContent(await read(placeOf(known)), record) ? 'duplicate' : 'conflict';
      counts[`${outcome}s`]++;
      left.push(`${String(row)} ${outcome}`);
    }
    if (left.length > 0) uncounted.set(position, left.join(', '));
  };

  const applyCorrected = async (position: number, row: CorrectedRow): Promise<void> => {
    const identity = identityOf(row);
    const place = identities.get(identity);
    if (place === undefined) {
      correctionFindings.add(`a correction at position ${String(position)} of ${identity}, which was never metered`);
      return;
    }
    const record = await read(placeOf(place));
    const standing = corrected.get(identity);
    const before = standing === undefined ? record.charge : standing;
    corrections.row(`${identity} at position ${String(position)}`, record, before, row);
    counts[row.after === null ? 'voids' : 'corrections']++;
    if (before !== null) {
      spend.add(record, before, organisation.days(), -1);
      hours.add(record, before, -1);
    }
    if (row.after !== null) charge(record, row.after, position);
    else if (before !== null) tokens.add(record, -1);
    corrected.set(identity, row.after);
  };

  return {
    /** Applies the next event, as its schema has read it. */
    async apply(event: StoredEvent): Promise<void> {
      const { position } = event;
      if (isRecordsMetered(event)) await applyMetered(position, event.data);
      else if (isPricesEvent(event)) prices.apply(event);
      else if (isOrganisationEvent(event)) organisation.apply(position, event);
      else if (isTaskFinished(event) && !finishes.has(event.data.taskId)) finishes.set(event.data.taskId, position);
      else if (isCorrectionEvent(event)) {
        if ('rows' in event.data) for (const row of event.data.rows) await applyCorrected(position, row);
        corrections.job(event);
      }
    },

    spend,
    hours,
    tokens,
    counts,
    organisation,
    /** Per position, which rows do not count and why: `3 duplicate, 7 conflict`. */
    uncounted,
    /** Per task, the position of the word that stands. */
    finishes,
  };
};
export type Recount = ReturnType<typeof createRecount>;

const placeOf = (place: number): PlainPlace => ({
  position: Math.floor(place / rowsInPlace),
  row: place % rowsInPlace,
});
