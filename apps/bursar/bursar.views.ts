import { AuditView } from '#audit/domain/audit.view.js';
import { IdempotencyKeysView } from '#event-sourcing/commands/idempotency-keys.view.js';
import { AdmissionsView } from '#fan-out/domain/admissions.view.js';
import { TaskCostsView } from '#fan-out/domain/task-costs.view.js';
import type { LoadPart } from '#event-sourcing/feed/snapshotter.js';
import { MeteringStreamsView } from '#metering/domain/metering-streams.view.js';
import { MeteringView } from '#metering/domain/metering.view.js';
import { AdjustmentsView } from '#periods/domain/adjustments.view.js';
import { AccessView } from '#access/domain/access.view.js';
import { AlertsView } from '#alerts/domain/alerts.view.js';
import { SealsView } from '#audit/domain/seals.view.js';
import { CapsView } from '#caps/domain/caps.view.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import type { Admissions } from '#fan-out/domain/admissions.js';
import { LimitsView } from '#fan-out/domain/limits.view.js';
import { CorrectionsView } from '#metering/domain/corrections.view.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PeriodsView } from '#periods/domain/periods.view.js';
import { PricesView } from '#prices/domain/prices.view.js';
import { LargeRecordsView } from '#spend/domain/large-records.view.js';
import { SpendView } from '#spend/domain/spend.view.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';

/**
 * Every view of the service, empty, in the order in which they fold an event: a view stands after those whose slots it
 * reads. For the roots that put the service together; whoever reads injects the one view it needs.
 */
export const createViews = (index: LocationIndex, loadPart: LoadPart, admissions?: Admissions) => {
  const organisation = new OrganisationView();
  const periods = new PeriodsView();
  const spend = new SpendView({ calendar: organisation.calendar, loadPart });
  return {
    audit: new AuditView(),
    seals: new SealsView(),
    spentCommands: new IdempotencyKeysView(),
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
