import { unreachable } from '#kernel/decider.js';
import { apiKeyStreamOf, isAccessEvent, ownerKeysStream } from '#access/domain/access.events.js';
import { isAlertEvent } from '#alerts/domain/alerts.events.js';
import { isCapsEvent } from '#caps/domain/caps.events.js';
import { isClockConfirmed } from '#clock/domain/clock.events.js';
import { isDirectoryEvent } from '#directory/domain/directory.events.js';
import { isFanOutEvent } from '#fan-out/domain/fan-out.events.js';
import { isGrantedWithoutStore } from '#fan-out/domain/without-store.events.js';
import { isLimitsEvent } from '#fan-out/domain/limits.events.js';
import { isCorrectionEvent, isTaskFinished } from '#metering/domain/metering.events.js';
import { isOrganisationEvent } from '#organisation/domain/organisation.events.js';
import { isPeriodEvent } from '#periods/domain/periods.events.js';
import { isPricesEvent, type PricesEvent } from '#prices/domain/prices.events.js';
import { isAuditEvent } from './audit.events.js';

/** What events can be about. `stream` is for events that nobody here knows. */
export const subjectKinds = [
  'group',
  'user',
  'organisation',
  'price',
  'priceAlias',
  'apiKey',
  'task',
  'record',
  'corrections',
  'period',
  'cap',
  'capPolicy',
  'alert',
  'fanOut',
  'limits',
  'audit',
  'clock',
  'stream',
] as const;
export type SubjectKind = (typeof subjectKinds)[number];

export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** As much of a stored event as the audit looks at. */
export interface AuditedEvent {
  readonly type: string;
  readonly stream: string;
  readonly data: object;
}

/** The id of whatever is the organisation's own rather than a group's. */
const organisation = 'organisation';

/** What an event is about. */
export const subjectOf = (event: AuditedEvent): Subject => {
  if (isDirectoryEvent(event)) {
    return 'userId' in event.data ? { kind: 'user', id: event.data.userId } : { kind: 'group', id: event.data.groupId };
  }
  if (isOrganisationEvent(event)) return { kind: 'organisation', id: organisation };
  if (isPricesEvent(event)) return subjectOfPrices(event);
  if (isAccessEvent(event)) return { kind: 'apiKey', id: event.data.keyId };
  if (isTaskFinished(event)) return { kind: 'task', id: event.data.taskId };
  if (isCorrectionEvent(event)) {
    if (event.type !== 'RecordVoided') return { kind: 'corrections', id: event.data.jobId };
    const [{ source, id }] = event.data.rows;
    return { kind: 'record', id: `${source}/${id}` };
  }
  if (isPeriodEvent(event)) return { kind: 'period', id: event.data.period };
  if (isCapsEvent(event)) {
    const scope = event.data.groupId ?? organisation;
    return event.type === 'CapDerived'
      ? { kind: 'cap', id: `${scope}/${event.data.period}` }
      : { kind: 'capPolicy', id: scope };
  }
  if (isAlertEvent(event)) return { kind: 'alert', id: event.data.alertId };
  if (isFanOutEvent(event) || isGrantedWithoutStore(event)) return { kind: 'fanOut', id: event.data.fanOutId };
  if (isLimitsEvent(event)) return { kind: 'limits', id: event.data.groupId ?? organisation };
  if (isAuditEvent(event)) return { kind: 'audit', id: event.stream };
  if (isClockConfirmed(event)) return { kind: 'clock', id: event.stream };
  return { kind: 'stream', id: event.stream };
};

const subjectOfPrices = (event: PricesEvent): Subject => {
  switch (event.type) {
    case 'PricePublished':
      return { kind: 'price', id: event.data.model };
    case 'FallbackPricePublished':
      return { kind: 'price', id: 'fallback' };
    case 'PriceAliasPublished':
      return { kind: 'priceAlias', id: event.data.alias };
    case 'BuiltInPricesAdopted':
      return { kind: 'price', id: 'builtIn' };
    default:
      return unreachable(event);
  }
};

const named = ['GroupCreated', 'GroupRenamed'];
const shown = ['AlertRaised', 'AlertUpdated'];
/** Types that are preceded by others than their own; none, where there is nothing the event replaces. */
const exceptions: ReadonlyMap<string, readonly string[]> = new Map([
  ['GroupCreated', named],
  ['GroupRenamed', named],
  // What an alert said when somebody acknowledged or resolved it; an episode that begins replaces nothing.
  ...['AlertUpdated', 'AlertAcknowledged', 'AlertResolved'].map((type): [string, readonly string[]] => [type, shown]),
  ['ApiKeyRevoked', ['ApiKeyCreated']],
  // What each of these says, it says once, or of other records than the event before it.
  ...[
    'AlertRaised',
    'AlertUnmuted',
    'ApiKeyCreated',
    // A top-up adds to the others.
    'CapToppedUp',
    'RecordsMetered',
    'TaskFinished',
    'RecordVoided',
    'ReratingStarted',
    'RangeReratingStarted',
    'CorrectionsEstimated',
    'ReattributionStarted',
    'RecordsCorrected',
    'CorrectionFinished',
    'PeriodEnded',
    'PeriodClosed',
    'OrganisationFixed',
    'ClockConfirmed',
    // All of them share one stream, and the fan-out itself says how it stands.
    'FanOutGranted',
    'FanOutRenewed',
    'FanOutReleased',
    'FanOutExpired',
  ].map((type): [string, readonly string[]] => [type, []]),
]);

/** Types of the events that say what was before an event of this type; without any, nothing was. */
export const precededBy = (type: string): readonly string[] => exceptions.get(type) ?? [type];

/** Which stream says what was before an event, and in front of which revision: its own, but for owner keys. */
export const historyOf = (event: AuditedEvent & { readonly revision: number }): { stream: string; end: number } =>
  isAccessEvent(event) && event.stream === ownerKeysStream
    ? { stream: apiKeyStreamOf(event.data.keyId), end: 1 }
    : { stream: event.stream, end: event.revision };

/** Whether the earlier event of that stream says what was before the later one. */
export const isBefore = (earlier: AuditedEvent, later: AuditedEvent): boolean =>
  precededBy(later.type).includes(earlier.type) && subjectOf(earlier).id === subjectOf(later).id;
