import { calendarOf } from '#kernel/calendar.js';
import type { Calendar } from '#kernel/calendar.js';
import { isCorrectionEvent, isRecordsMetered, isTaskFinished } from '#domain/metering/metering.events.js';
import type { Charge, CorrectedRow, CorrectionEvent, MeteredColumns } from '#domain/metering/metering.events.js';
import { isOrganisationEvent } from '#domain/organisation/organisation.events.js';
import type { OrganisationEvent } from '#domain/organisation/organisation.events.js';
import { isPricesEvent } from '#domain/prices/prices.events.js';
import type { StoredEvent } from '#ports/event-log.js';
import type { Findings } from './findings.js';
import { createPlainPrices } from './plain-prices.js';
import { identityOf, recordsOf, sameContent } from './plain-record.js';
import type { PlainPlace, PlainRecord } from './plain-record.js';
import { createPlainSpend } from './plain-spend.js';
import { createPlainTokens } from './plain-tokens.js';
import { told } from './stored-events.js';

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
 * every repeat compared field by field with what stood first. It shares the schemas of the events and the calendar
 * with the service, and none of its folds.
 */
export const createRecount = ({ read, onRow, findings }: RecountOptions) => {
  const identities = new Map<string, number>();
  /** What corrected records are charged by now; null for a void one. */
  const corrected = new Map<string, Charge | null>();
  const uncounted = new Map<number, string>();
  const finishes = new Map<string, number>();
  const correctedByJob = new Map<string, number>();
  const spend = createPlainSpend();
  const tokens = createPlainTokens();
  const prices = createPlainPrices();
  const organisation = { currency: 'USD', timeZone: 'UTC', fixed: false };
  const counts = { records: 0, duplicates: 0, conflicts: 0, voids: 0, corrections: 0 };

  const calendar = (): Calendar => calendarOf(organisation.timeZone);

  const checkRating = (record: PlainRecord, charge: Charge, position: number): void => {
    const fault = prices.faultOf(record, charge, organisation.currency);
    if (fault !== undefined) findings.add(`rating of ${identityOf(record)} at position ${String(position)}`, fault);
  };

  const count = (record: PlainRecord, position: number): void => {
    counts.records++;
    checkRating(record, record.charge, position);
    spend.add(record, record.charge, calendar(), 1);
    tokens.add(record, 1);
  };

  const applyMetered = async (position: number, columns: MeteredColumns): Promise<void> => {
    if (!organisation.fixed)
      findings.add(`records at position ${String(position)} before currency and zone were fixed`);
    const left: string[] = [];
    for (const [row, record] of recordsOf(columns).entries()) {
      const identity = identityOf(record);
      const known = identities.get(identity);
      if (known === undefined) {
        identities.set(identity, position * rowsInPlace + row);
        onRow(record, { position, row });
        count(record, position);
        continue;
      }
      const first = placeOf(known);
      onRow(record, first);
      const outcome = sameContent(await read(first), record) ? 'duplicate' : 'conflict';
      counts[`${outcome}s`]++;
      left.push(`${String(row)} ${outcome}`);
    }
    if (left.length > 0) uncounted.set(position, left.join(', '));
  };

  const applyCorrected = async (position: number, row: CorrectedRow): Promise<void> => {
    const identity = identityOf(row);
    const place = identities.get(identity);
    if (place === undefined) {
      findings.add(`a correction at position ${String(position)} of ${identity}, which was never metered`);
      return;
    }
    const record = await read(placeOf(place));
    const standing = corrected.get(identity);
    const before = standing === undefined ? record.charge : standing;
    checkCorrection(findings, `${identity} at position ${String(position)}`, record, before, row);
    if (before !== null) spend.add(record, before, calendar(), -1);
    if (row.after === null) {
      counts.voids++;
      tokens.add(record, -1);
    } else {
      counts.corrections++;
      checkRating(record, row.after, position);
      spend.add(record, row.after, calendar(), 1);
    }
    corrected.set(identity, row.after);
  };

  const applyCorrection = async (position: number, { type, data }: CorrectionEvent): Promise<void> => {
    if ('rows' in data) for (const row of data.rows) await applyCorrected(position, row);
    if (type === 'RecordsCorrected') {
      correctedByJob.set(data.jobId, (correctedByJob.get(data.jobId) ?? 0) + data.rows.length);
    }
    if (type !== 'CorrectionFinished') return;
    const rows = correctedByJob.get(data.jobId) ?? 0;
    if (rows !== data.correctedRecords)
      findings.add(`records corrected by ${data.jobId}`, told(rows, data.correctedRecords));
  };

  const applyOrganisation = (position: number, event: OrganisationEvent): void => {
    const settings = settingsIn(event);
    if (organisation.fixed && settings !== undefined) {
      findings.add(`${event.type} at position ${String(position)}, after the first record had fixed it`);
    }
    Object.assign(organisation, settings);
    if (event.type === 'OrganisationFixed') organisation.fixed = true;
  };

  return {
    /** Applies the next event, as its schema has read it. */
    async apply(event: StoredEvent): Promise<void> {
      const { position } = event;
      if (isRecordsMetered(event)) await applyMetered(position, event.data);
      else if (isCorrectionEvent(event)) await applyCorrection(position, event);
      else if (isPricesEvent(event)) prices.apply(event);
      else if (isOrganisationEvent(event)) applyOrganisation(position, event);
      else if (isTaskFinished(event) && !finishes.has(event.data.taskId)) finishes.set(event.data.taskId, position);
    },

    spend,
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

const settingsIn = (event: OrganisationEvent): { currency: string } | { timeZone: string } | undefined =>
  event.type === 'CurrencyChosen' || event.type === 'TimeZoneChosen' ? event.data : undefined;

/** A correction says itself what it changes, so that folds need no lookup: it has to say what is so. */
const checkCorrection = (
  findings: Findings,
  what: string,
  record: PlainRecord,
  before: Charge | null,
  row: CorrectedRow,
): void => {
  if (!sameCharge(before, row.before)) {
    findings.add(
      `the correction of ${what} begins at another charge`,
      told(chargeText(before), chargeText(row.before)),
    );
  }
  const differing = describedFields.find((field) => record[field] !== row[field]);
  if (differing !== undefined) {
    findings.add(`the correction of ${what} has another ${differing}`, told(record[differing], row[differing]));
  }
};
const describedFields = [
  'occurredAtMs',
  'taskId',
  'userId',
  'model',
  'scheduleId',
  'skill',
  'plugin',
  'connector',
  'trigger',
] as const;

const chargeText = (charge: Charge | null): string =>
  charge === null
    ? 'void'
    : `${charge.groupId}, ${String(charge.costMicros)} micros, ${charge.rating}, ${charge.priceVersion || 'no price'}`;

const sameCharge = (a: Charge | null, b: Charge | null): boolean => chargeText(a) === chargeText(b);
