import { AuditView } from '#application/audit/audit.view.js';
import { SpentCommandsView } from '#application/commands/spent-commands.view.js';
import { AdmissionsView } from '#application/fan-out/admissions.view.js';
import { TaskCostsView } from '#application/fan-out/task-costs.view.js';
import type { LoadPart } from '#application/feed/snapshotter.js';
import { MeteringStreamsView } from '#application/metering/metering-streams.view.js';
import { MeteringView } from '#application/metering/metering.view.js';
import { AdjustmentsView } from '#application/periods/adjustments.view.js';
import { AccessView } from '#domain/access/access.view.js';
import { AlertsView } from '#domain/alerts/alerts.view.js';
import { SealsView } from '#domain/audit/seals.view.js';
import { CapsView } from '#domain/caps/caps.view.js';
import { DirectoryView } from '#domain/directory/directory.view.js';
import type { Admissions } from '#domain/fan-out/admissions.js';
import { LimitsView } from '#domain/fan-out/limits.view.js';
import { CorrectionsView } from '#domain/metering/corrections.view.js';
import { OrganisationView } from '#domain/organisation/organisation.view.js';
import { PeriodsView } from '#domain/periods/periods.view.js';
import { PricesView } from '#domain/prices/prices.view.js';
import { LargeRecordsView } from '#domain/spend/large-records.view.js';
import { SpendView } from '#domain/spend/spend.view.js';
import type { PlaceIndex } from '#ports/place-index.js';

/**
 * Every view of the service, empty, in the order in which they fold an event: a view stands after those whose slots it
 * reads. For the roots that put the service together; whoever reads injects the one view it needs.
 */
export const createViews = (index: PlaceIndex, loadPart: LoadPart, admissions?: Admissions) => {
  const organisation = new OrganisationView();
  const periods = new PeriodsView();
  const spend = new SpendView({ calendar: organisation.calendar, loadPart });
  return {
    audit: new AuditView(),
    seals: new SealsView(),
    spentCommands: new SpentCommandsView(),
    organisation,
    prices: new PricesView(),
    access: new AccessView(),
    periods,
    caps: new CapsView(),
    limits: new LimitsView(),
    alerts: new AlertsView(),
    metering: new MeteringView(index),
    spend,
    largeRecords: new LargeRecordsView(),
    admissions: new AdmissionsView(index, admissions),
    taskCosts: new TaskCostsView(),
    adjustments: new AdjustmentsView(organisation, periods, spend),
    directory: new DirectoryView(),
    corrections: new CorrectionsView(),
    meteringStreams: new MeteringStreamsView(),
  };
};
export type BursarViews = ReturnType<typeof createViews>;

/** The types of all views, to be injected one by one. */
export const viewTypes = [
  AuditView,
  SealsView,
  SpentCommandsView,
  OrganisationView,
  PricesView,
  AccessView,
  PeriodsView,
  CapsView,
  LimitsView,
  AlertsView,
  MeteringView,
  SpendView,
  LargeRecordsView,
  AdmissionsView,
  TaskCostsView,
  AdjustmentsView,
  DirectoryView,
  CorrectionsView,
  MeteringStreamsView,
] as const;
