import { Injectable } from '@nestjs/common';
import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import { fingerprintWords } from '#kernel/fingerprint.js';
import { formatDay } from '#kernel/instants.js';
import type { KeyLimits } from '#kernel/reach.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { attribute } from '../domain/attribution.js';
import { identityKey, keySeeds, sentHash } from '../domain/identity.js';
import type { RecordFault } from '../domain/metering-record.js';
import { normaliseIds } from '../domain/record-ids.js';
import { readRecord } from '../domain/read-record.js';
import { type ChargedAs, emptyRow, type RecordRow } from '../domain/record-row.js';
import { highestRecordMicros } from '#organisation/domain/organisation.events.js';
import { maxRecordMicrosOn } from '#organisation/domain/organisation.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PricesView } from '#prices/domain/prices.view.js';
import { rate } from '#prices/domain/rating.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { Ids } from '#directory/queries/ids.js';
import { FanOutGroups } from '../queries/fan-out-groups.js';
import { identityConflict } from './open-batch.js';
import { TaskOwners } from '../queries/task-owners.js';

/** Who meters, and what their key allows. */
export interface MeteringCaller extends KeyLimits {
  readonly actor: string;
  /** A reported cost of 0 beside usage is what it cost; otherwise nobody knew what it cost. */
  readonly zeroCostIsFree: boolean;
  /** Records of any age are taken: the owner imports history. */
  readonly allowOld: boolean;
}

/** What a record is held to beside its own fields: the same for all that come together. */
export interface GateLimits {
  readonly nowMs: number;
  /** What one record may cost at most. */
  readonly maxRecordMicros: number;
}

/** How old a record may be, and how far in the future (docs/domain.md, Metering). */
const maxAgeMs = 400 * millisecondsInDay;
const maxAheadMs = 5 * millisecondsInMinute;

/**
 * Decides about single records, one after the other: reads, checks, recognises, attributes and rates. What it accepts
 * stands in `row`, `charged` and `key`, that of its identity, until the next call.
 */
@Injectable()
export class RecordPipeline {
  readonly row: RecordRow = emptyRow();
  readonly charged: ChargedAs = { groupId: '', attribution: 0, costMicros: 0, rating: 0, priceVersion: '' };
  readonly key = new Uint32Array(fingerprintWords);

  constructor(
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly prices: PricesView,
    private readonly fanOuts: FanOutGroups,
    private readonly taskOwners: TaskOwners,
    private readonly ids: Ids,
    private readonly index: LocationIndex,
  ) {}

  /** As of now: worked out once for many records. */
  limits(nowMs: number): GateLimits {
    const today = formatDay(this.organisation.calendar().dayOf(nowMs));
    return { nowMs, maxRecordMicros: maxRecordMicrosOn(this.organisation.organisation(), today) };
  }

  admit(raw: unknown, caller: MeteringCaller, { nowMs, maxRecordMicros }: GateLimits): Admitted {
    const { row } = this;
    const organisation = this.organisation.organisation();
    const unreadable = readRecord(raw, caller.source ?? '', row, organisation.labelKeys);
    if (unreadable !== undefined) return unreadable;
    if (caller.source !== null && row.source !== caller.source) return sourceNotAllowed;
    // Not even whether it was metered: a key that names another's group learns nothing.
    if (caller.groups !== null && !mayBeOwn(row, caller.groups)) return chargesOthers;
    if (row.currency !== '' && row.currency !== organisation.currency) return currencyFault(row.currency);
    identityKey(keySeeds.identity, row.source, row.id, this.key, 0);
    const first = this.index.first(this.key, 0);
    if (first !== undefined) return this.isDuplicate(first.tag) ? 'duplicate' : identityConflict;
    if (row.occurredAtMs > nowMs + maxAheadMs) return tooFarAhead;
    if (row.occurredAtMs < nowMs - maxAgeMs && !caller.allowOld) return tooOld;
    const notAnId = row.hasOddText === 1 ? normaliseIds(row, this.ids.isKnown) : undefined;
    // A repeat has been recognised by now: what is stored knows no ceiling.
    return notAnId ?? this.charge(caller, maxRecordMicros) ?? 'accepted';
  }

  // What was stored was settled before, by what the log knew then: as it is now, or less.
  private isDuplicate(storedTag: number): boolean {
    return (
      sentHash(this.row) === storedTag ||
      (this.row.hasOddText === 1 &&
        [this.ids.isKnown, nothingKnown].some((known) => {
          normaliseIds(this.row, known);
          return sentHash(this.row) === storedTag;
        }))
    );
  }

  private charge(caller: MeteringCaller, maxRecordMicros: number): RecordFault | undefined {
    const { row, charged } = this;
    // Only a record that names no group needs to know its user's.
    attribute(
      row.groupId,
      row.groupId || !row.fanOutId ? undefined : this.fanOuts.groupOf(row.fanOutId),
      row.groupId ? undefined : this.directory.groupOf(row.userId, row.occurredAtMs),
      charged,
    );
    const { groups } = caller;
    if (groups !== null && !groups.includes(charged.groupId)) return chargesOthers;
    if (groups !== null && this.namesOthers(groups)) return belongsToOthers;
    const overZero = row.costMicros === 0 && !caller.zeroCostIsFree && isUsed(row);
    if (row.costMicros < 0 || overZero) {
      const fault = rate(this.prices.book, row, overZero, charged);
      if (fault !== undefined) return fault === 'pricesMissing' ? pricesMissing : costOutOfRange(maxRecordMicros);
    } else {
      charged.costMicros = row.costMicros;
      charged.rating = 0;
      charged.priceVersion = '';
    }
    return charged.costMicros > maxRecordMicros ? costOutOfRange(maxRecordMicros) : undefined;
  }

  // What others have cannot be added to, stand above a tree of one's own, or hold money for it.
  private namesOthers(groups: readonly string[]): boolean {
    const { row, taskOwners } = this;
    if (taskOwners.isForeign(row.taskId, groups)) return true;
    if (row.parentTaskId !== '' && taskOwners.isForeign(row.parentTaskId, groups)) return true;
    return row.fanOutId !== '' && this.fanOuts.isWithin(row.fanOutId, groups) === false;
  }
}

type Admitted = 'accepted' | 'duplicate' | RecordFault;

/** Whether the record names a group of the key's, or none; in which form the log has it is looked at later. */
const mayBeOwn = ({ groupId, hasOddText }: RecordRow, groups: readonly string[]): boolean =>
  groupId === '' || groups.includes(groupId) || (hasOddText === 1 && groups.includes(groupId.normalize()));

/** Whether the record says that anything was used. */
const isUsed = (row: RecordRow): boolean =>
  row.inputTokens > 0 ||
  row.outputTokens > 0 ||
  row.cacheReadTokens > 0 ||
  row.cacheWrite5mTokens > 0 ||
  row.cacheWrite1hTokens > 0 ||
  row.webSearches > 0;

const nothingKnown = (): boolean => false;

const currencyFault = (currency: string): RecordFault =>
  Intl.supportedValuesOf('currency').includes(currency)
    ? { code: 'currencyMismatch', detail: `The organisation counts in another currency than ${currency}.` }
    : { code: 'unknownCurrency', detail: 'currency is no ISO 4217 code.' };

const tooFarAhead: RecordFault = {
  code: 'tooFarAhead',
  detail: 'occurredAt is more than five minutes in the future; check the clock of the sender.',
};
const tooOld: RecordFault = {
  code: 'tooOld',
  detail: 'occurredAt is more than 400 days ago; the owner may import older records with allowOld.',
};

const chargesOthers: RecordFault = {
  code: 'groupNotAllowed',
  detail: 'The record would be charged to a group that this key does not reach; name one that it does.',
};
const belongsToOthers: RecordFault = {
  code: 'groupNotAllowed',
  detail: 'taskId, parentTaskId or fanOutId belongs to a group that this key does not reach.',
};

const sourceNotAllowed: RecordFault = {
  code: 'sourceNotAllowed',
  detail: 'The key stands for another source; leave source out or use that one.',
};

const pricesMissing: RecordFault = {
  code: 'pricesMissing',
  detail: 'There is no price for this usage: publish one and a fallback price, or report the cost.',
};

const costOutOfRange = (maxRecordMicros: number): RecordFault => ({
  code: 'costOutOfRange',
  detail: `The record costs more than ${String(maxRecordMicros)} micros: if that is right, raise maxRecordMicros (up to ${String(highestRecordMicros)}) with PUT /api/v1/organisation.`,
});
