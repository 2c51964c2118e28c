import { exactFields } from '#kernel/exact-fields.js';
import { formatInstant } from '#kernel/instants.js';
import { addMicros, type Micros } from '#kernel/money.js';
import { isAccessEvent } from '#access/domain/access.events.js';
import { isCapsEvent } from '#caps/domain/caps.events.js';
import { isFanOutsDenied } from '#fan-out/domain/denials.events.js';
import { isFanOutEvent } from '#fan-out/domain/fan-out.events.js';
import { isLimitsEvent } from '#fan-out/domain/limits.events.js';
import { isCorrectionEvent, isRecordsMetered } from '#metering/domain/metering.events.js';
import type { MeteredColumns } from '#metering/domain/metering.events.js';
import { isDirectoryEvent } from '#directory/domain/directory.events.js';
import { isAlertEvent } from '#alerts/domain/alerts.events.js';
import type { AuditedEvent } from './subjects.js';

/** How much of an event is shown. */
export interface Shown {
  /** At most so many rows of a list; beside them stands how many there are. */
  readonly rows: number;
  /** Rows of a metering event that do not count: their records had been metered before. */
  readonly uncounted: readonly number[];
}

/** What an event changed, as the audit shows it: no hash of a key, a summary of metering, and lists cut short. */
export const changeOf = (event: AuditedEvent, { rows: most, uncounted }: Shown): object => {
  if (isRecordsMetered(event)) return summaryOf(event.data, uncounted);
  if (isAccessEvent(event) && event.type === 'ApiKeyCreated') {
    // Named one by one: what is added to the event is not shown until somebody says so.
    const { keyId, name, role, groups, source, zeroCostIsFree, expiresAt } = event.data;
    return { keyId, name, role, groups, source, ...(zeroCostIsFree === true && { zeroCostIsFree }), expiresAt };
  }
  if (isCorrectionEvent(event) && 'rows' in event.data) {
    const { rows } = event.data;
    return { ...event.data, rows: rows.slice(0, most), rowCount: rows.length };
  }
  if (isCorrectionEvent(event) && event.type === 'ReratingStarted') {
    const { fromMs, ...said } = event.data;
    return { ...said, from: formatInstant(fromMs) };
  }
  if (isCorrectionEvent(event) && (event.type === 'ReattributionStarted' || event.type === 'RangeReratingStarted')) {
    const { fromMs, toMs, ...said } = event.data;
    return { ...said, from: formatInstant(fromMs), to: formatInstant(toMs) };
  }
  // What an event could not hold stands beside the field, as digits; the field itself says no more than that.
  if (isCapsEvent(event) && event.type === 'CapDerived' && 'actualMicrosExact' in event.data.basis) {
    return { ...event.data, basis: { ...event.data.basis, actualMicros: null } };
  }
  if (isFanOutEvent(event) && 'spentMicrosExact' in event.data) return { ...event.data, spentMicros: null };
  return event.data;
};

/** The groups an event concerns, each once; none if it concerns the organisation as a whole. */
export const groupsOfEvent = (event: AuditedEvent): readonly string[] => {
  if (isRecordsMetered(event)) return groupsOfColumns(event.data, []);
  if (isDirectoryEvent(event)) return 'groupId' in event.data ? [event.data.groupId] : [];
  if (isAccessEvent(event)) return event.type === 'ApiKeyCreated' ? (event.data.groups ?? []) : [];
  if (isCapsEvent(event) || isAlertEvent(event)) return event.data.groupId === null ? [] : [event.data.groupId];
  if (isLimitsEvent(event)) return event.data.groupId === null ? [] : [event.data.groupId];
  if (isFanOutEvent(event)) return event.type === 'FanOutGranted' ? [event.data.groupId] : [];
  if (isFanOutsDenied(event)) return [...new Set(event.data.denials.map(({ groupId }) => groupId))];
  if (!isCorrectionEvent(event)) return [];
  if ('rows' in event.data) {
    const groups = event.data.rows.flatMap(({ before, after }) => [before.groupId, after?.groupId ?? before.groupId]);
    return [...new Set(groups)];
  }
  if (event.type !== 'ReattributionStarted') return [];
  const { groupId, filter } = event.data;
  return filter.group === undefined ? [groupId] : [...new Set([groupId, filter.group])];
};

const summaryOf = (columns: MeteredColumns, uncounted: readonly number[]) => {
  const left = new Set(uncounted);
  let spentMicros: Micros = 0;
  for (const [row, costMicros] of columns.costMicros.entries()) {
    if (!left.has(row)) spentMicros = addMicros(spentMicros, costMicros);
  }
  return {
    records: columns.count - left.size,
    groups: groupsOfColumns(columns, uncounted),
    ...exactFields({ spentMicros }),
  };
};

const groupsOfColumns = ({ words, groupId }: MeteredColumns, uncounted: readonly number[]): readonly string[] => {
  const left = new Set(uncounted);
  return [...new Set(groupId.filter((_, row) => !left.has(row)))].map((place) => words[place]);
};
