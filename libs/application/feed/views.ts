import { calendarOf } from '#kernel/calendar.js';
import { isAccessEvent } from '#domain/access/access.events.js';
import { accessView } from '#domain/access/access.view.js';
import { isCapsEvent } from '#domain/caps/caps.events.js';
import { capsView } from '#domain/caps/caps.view.js';
import { isAuditEvent } from '#domain/audit/audit.events.js';
import { sealsView } from '#domain/audit/seals.view.js';
import { isAlertEvent } from '#domain/alerts/alerts.events.js';
import { alertsView } from '#domain/alerts/alerts.view.js';
import { isDirectoryEvent } from '#domain/directory/directory.events.js';
import { directoryView } from '#domain/directory/directory.view.js';
import { Admissions } from '#domain/fan-out/admissions.js';
import { type FanOutEvent, isFanOutEvent } from '#domain/fan-out/fan-out.events.js';
import { isLimitsEvent } from '#domain/fan-out/limits.events.js';
import { limitsView } from '#domain/fan-out/limits.view.js';
import { TaskCosts } from '#domain/fan-out/task-costs.js';
import { correctionsView } from '#domain/metering/corrections.view.js';
import { isCorrectionEvent, isRecordsMetered, isTaskFinished } from '#domain/metering/metering.events.js';
import type { CorrectionEvent, RecordsMetered } from '#domain/metering/metering.events.js';
import { isOrganisationEvent } from '#domain/organisation/organisation.events.js';
import { organisationView } from '#domain/organisation/organisation.view.js';
import { isPeriodEvent } from '#domain/periods/periods.events.js';
import { periodsView } from '#domain/periods/periods.view.js';
import { priceBook } from '#domain/prices/price-book.js';
import { isPricesEvent, isPublication } from '#domain/prices/prices.events.js';
import type { PricesEvent } from '#domain/prices/prices.events.js';
import { announced, factOf } from '#domain/prices/publications.js';
import { LargeRecords } from '#domain/spend/large-records.js';
import { createSpendView } from '#domain/spend/spend.view.js';
import { formatInstant } from '#kernel/instants.js';
import type { StoredEvent } from '#ports/event-log.js';
import type { PlaceIndex } from '#ports/place-index.js';
import { correctHolds, drawHolds } from '../fan-out/holds.js';
import { noteFanOut } from '../fan-out/past-grants.js';
import { correctTaskCosts, noteTaskCosts } from '../fan-out/note-task-costs.js';
import { auditPositions } from '../audit/audit-positions.js';
import { spentCommands } from '../commands/spent-commands.js';
import { createMeteringFold } from '../metering/metering.fold.js';
import { createTaskOwners } from '../metering/task-owners.js';
import { createAdjustments } from '../periods/adjustments.js';
import { groupsIn } from './groups-in.js';
import { foldVersion, type SavedViews } from './saved-views.js';

/** Where the views read parts of a snapshot they do not hold in memory. Throws if there is no such part. */
export type LoadPart = (key: string) => Uint8Array;

/** For views that are never saved. */
export const noParts: LoadPart = (key) => {
  throw new Error(`there is no snapshot to read ${key} from`);
};

/** Every view, folded in step: after `apply` all of them stand at the same position. Only the feed calls it. */
export class Views {
  /** Position of the last event folded. */
  position = 0;
  /** The id of that event. */
  lastEventId = '';
  readonly organisation = organisationView();
  readonly directory = directoryView();
  readonly access = accessView();
  readonly alerts = alertsView();
  readonly prices = priceBook();
  readonly caps = capsView();
  readonly periods = periodsView();
  readonly limits = limitsView();
  readonly taskCosts = new TaskCosts();
  readonly largeRecords = new LargeRecords();
  readonly corrections = correctionsView();
  readonly audit = auditPositions();
  readonly seals = sealsView();
  readonly spentCommands = spentCommands();
  readonly metering;
  readonly taskOwners;
  readonly spend;
  /** What came about closed months. */
  readonly adjustments;
  /** Revision of the last event of each metering stream: the writer goes on from there. */
  private readonly meteringRevisions = new Map<string, number>();

  constructor(
    private readonly index: PlaceIndex,
    loadPart: LoadPart,
    readonly admissions = new Admissions(),
  ) {
    this.metering = createMeteringFold(index);
    this.taskOwners = createTaskOwners(index, (taskId) => this.admissions.groupsOfTask(taskId));
    this.spend = createSpendView({ calendar: () => this.calendar(), loadPart });
    const { periods } = this;
    this.adjustments = createAdjustments({ names: this.spend.names, periods, calendar: () => this.calendar() });
  }

  /** The organisation's calendar. Its zone does not change once there are records. */
  calendar = () => calendarOf(this.organisation.organisation().timeZone);

  meteringRevision = (stream: string): number => this.meteringRevisions.get(stream) ?? -1;

  /** Folds one event into every view it concerns. Events of a type that nobody here knows are let pass. */
  apply(event: StoredEvent): void {
    if (isRecordsMetered(event)) this.applyMetered(event);
    else this.applyGovernance(event);
    this.position = event.position;
    this.lastEventId = event.id;
  }

  private applyMetered(event: RecordsMetered & StoredEvent): void {
    const { data: columns, position } = event;
    const uncounted = this.metering.applyMetered(position, columns);
    const rows = uncounted.length === 0 ? undefined : uncounted.map(({ row }) => row);
    this.spend.applyMetered(columns, rows);
    this.largeRecords.applyMetered(columns, rows);
    drawHolds(this.admissions, columns, uncounted);
    noteTaskCosts(this.taskCosts, columns, this.metering.taskHashes(), uncounted);
    this.adjustments.applyMetered(columns, rows, event.recordedAtMs);
    this.directory.noteGroups(groupsIn(columns, rows));
    this.corrections.noteRating(position, columns.pricesKnown);
    this.meteringRevisions.set(event.stream, event.revision);
    this.metering.tell(event.id, position, uncounted);
  }

  private applyGovernance(event: StoredEvent): void {
    this.audit.apply(event);
    this.seals.begin(event.recordedAtMs);
    this.spentCommands.apply(event);
    if (isTaskFinished(event)) this.applyTaskFinished(event, event.data.taskId);
    else if (isCorrectionEvent(event)) this.applyCorrection(event);
    else if (isPricesEvent(event)) this.applyPrice(event);
    else if (isDirectoryEvent(event)) this.directory.apply(event, event.revision);
    else if (isAccessEvent(event)) this.access.apply(event);
    else if (isPeriodEvent(event)) this.periods.apply(event, { position: event.position, at: event.meta.now });
    else if (isCapsEvent(event)) this.caps.apply(event, event.revision, event.recordedAtMs);
    else if (isFanOutEvent(event)) this.applyFanOut(event);
    else if (isLimitsEvent(event)) this.limits.apply(event, event.revision);
    else if (isAlertEvent(event)) this.alerts.apply(event, { position: event.position, at: event.meta.now });
    else if (isAuditEvent(event)) this.seals.apply(event, { position: event.position, at: event.meta.now });
    else if (isOrganisationEvent(event)) {
      this.organisation.apply(event, event.revision);
      if (event.type === 'CurrencyChosen') this.prices.useCurrency(event.data.currency);
    }
  }

  private applyFanOut(event: FanOutEvent & StoredEvent): void {
    this.admissions.apply(event, event.revision);
    noteFanOut(this.index, event, event.position);
  }

  private applyTaskFinished({ position, stream, revision }: StoredEvent, taskId: string): void {
    this.metering.applyTaskFinished(position, taskId);
    this.meteringRevisions.set(stream, revision);
  }

  private applyCorrection(event: CorrectionEvent & StoredEvent): void {
    this.corrections.apply(event, event.revision, formatInstant(event.recordedAtMs));
    if (!('rows' in event.data)) return;
    const { rows } = event.data;
    this.metering.applyCorrected(event.position, rows);
    this.spend.applyCorrections(rows);
    this.largeRecords.applyCorrections(rows);
    correctHolds(this.admissions, rows);
    correctTaskCosts(this.taskCosts, rows);
    this.adjustments.applyCorrections(rows, event.recordedAtMs);
    this.directory.noteGroups(rows.flatMap(({ after }) => after?.groupId ?? []));
  }

  private applyPrice(event: PricesEvent & StoredEvent): void {
    const fact = factOf(event);
    this.prices.apply(fact);
    if (isPublication(fact)) this.corrections.notePublication(announced(fact), event.position);
  }

  /** The small views as one JSON-native value. Spend and the place index are saved by themselves. */
  save(): SavedViews {
    return {
      foldVersion,
      lastEventId: this.lastEventId,
      organisation: this.organisation.save(),
      directory: this.directory.save(),
      access: this.access.save(),
      alerts: this.alerts.save(),
      prices: this.prices.save(),
      caps: this.caps.save(),
      periods: this.periods.save(),
      admissions: this.admissions.save(),
      limits: this.limits.save(),
      taskCosts: this.taskCosts.save(),
      largeRecords: this.largeRecords.save(),
      adjustments: this.adjustments.save(),
      corrections: this.corrections.save(),
      audit: this.audit.save(),
      seals: this.seals.save(),
      spentCommands: this.spentCommands.save(),
      metering: this.metering.save(),
      meteringRevisions: [...this.meteringRevisions],
    };
  }

  /** Replaces the small views by what `save` gave. Throws when it is something else. */
  load(position: number, saved: SavedViews): void {
    this.organisation.load(saved.organisation);
    this.directory.load(saved.directory);
    this.access.load(saved.access);
    this.alerts.load(saved.alerts);
    this.prices.load(saved.prices);
    this.caps.load(saved.caps);
    this.periods.load(saved.periods);
    this.admissions.load(saved.admissions);
    this.limits.load(saved.limits);
    this.taskCosts.load(saved.taskCosts);
    this.largeRecords.load(saved.largeRecords);
    this.adjustments.load(saved.adjustments);
    this.corrections.load(saved.corrections);
    this.audit.load(saved.audit);
    this.seals.load(saved.seals);
    this.spentCommands.load(saved.spentCommands);
    this.metering.load(saved.metering);
    for (const [stream, revision] of saved.meteringRevisions) this.meteringRevisions.set(stream, revision);
    this.position = position;
    this.lastEventId = saved.lastEventId;
  }
}
