import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AccessCommands } from '#access/commands/access.commands.js';
import { AuditQueries } from '#audit/queries/audit.query.js';
import { SealAudit } from '#audit/sagas/seal-audit.saga.js';
import { WatchBuiltInPrices } from '#prices/sagas/watch-built-in-prices.saga.js';
import { CapQueries } from '#caps/queries/cap.query.js';
import { Caps } from '#caps/queries/caps.js';
import { CapWatch } from '#caps/sagas/cap-watch.js';
import { CapsCommands } from '#caps/commands/caps.commands.js';
import { DeriveCaps } from '#caps/sagas/derive-caps.saga.js';
import { AlertStream } from '#alerts/queries/alert-stream.js';
import { AlertsCommands } from '#alerts/commands/alerts.commands.js';
import { AlertsQueries } from '#alerts/queries/alerts.queries.js';
import { UserDays } from '#caps/sagas/user-days.js';
import { UserSpend } from '#caps/sagas/user-spend.js';
import { WatchCaps } from '#caps/sagas/watch-caps.saga.js';
import { WatchPace } from '#caps/sagas/watch-pace.saga.js';
import { WatchRunaways } from '#caps/sagas/watch-runaways.saga.js';
import { ClockCommands } from '#clock/commands/clock.commands.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import { KeyTurns } from '#event-sourcing/commands/key-turns.js';
import { DirectoryCommands } from '#directory/commands/directory.commands.js';
import { AdmissionDesk } from '#fan-out/commands/admission-desk.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { FanOutQueries } from '#fan-out/queries/fan-outs.query.js';
import { LimitsCommands } from '#fan-out/commands/limits.commands.js';
import { Lineages } from '#fan-out/commands/lineages.js';
import { PastGrants } from '#fan-out/commands/past-grants.js';
import { Standings } from '#fan-out/commands/standings.js';
import { WithoutStoreLog } from '#fan-out/commands/without-store-log.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { FormatLevel } from '#event-sourcing/feed/format-level.js';
import { Snapshotter } from '#event-sourcing/feed/snapshotter.js';
import { Ids } from '#directory/queries/ids.js';
import { CorrectionJobs } from '#metering/sagas/correction-jobs.js';
import { CorrectionsStream } from '#metering/commands/corrections-stream.js';
import { IngestGate } from '#metering/commands/ingest-gate.js';
import { Ingest } from '#metering/commands/ingest.js';
import { MeteringCommands } from '#metering/commands/metering.commands.js';
import { Records } from '#metering/queries/records.js';
import { TaskOwners } from '#metering/queries/task-owners.js';
import { TaskQueries } from '#metering/queries/tasks.query.js';
import { OrganisationCommands } from '#organisation/commands/organisation.commands.js';
import { ClosePeriods } from '#periods/sagas/close-periods.saga.js';
import { PeriodsCommands } from '#periods/commands/periods.commands.js';
import { StatementQueries } from '#periods/queries/statements.query.js';
import { PricesCommands } from '#prices/commands/prices.commands.js';
import { SagaRunner } from '#event-sourcing/sagas/saga-runner.js';
import { SpendQueries } from '#spend/queries/spend.queries.js';
import { ClockWatch } from './clock-watch.js';
import type { Config } from './config.js';
import { AlertStreamController } from '#alerts/http/alert-stream.controller.js';
import { AlertsController } from '#alerts/http/alerts.controller.js';
import { ApiKeysController } from '#access/http/api-keys.controller.js';
import { AuditController } from '#audit/http/audit.controller.js';
import { ClockController } from '#clock/http/clock.controller.js';
import { CapsController } from '#caps/http/caps.controller.js';
import { DirectoryController } from '#directory/http/directory.controller.js';
import { FanOutsController } from '#fan-out/http/fan-outs.controller.js';
import { HealthController } from './health.controller.js';
import { LimitsController } from '#fan-out/http/limits.controller.js';
import { MeteringController } from '#metering/http/metering.controller.js';
import { OrganisationController } from '#organisation/http/organisation.controller.js';
import { PeriodsController } from '#periods/http/periods.controller.js';
import { ReratingsController } from '#metering/http/reratings.controller.js';
import { PricesController } from '#prices/http/prices.controller.js';
import { SpendController } from '#spend/http/spend.controller.js';
import { adapters } from './adapters.js';
import { AccessGuard } from '#http/access.guard.js';
import { Access } from '#access/http/access.js';
import { Callers } from '#http/caller.js';
import { KeyTurnsInterceptor } from '#http/key-turns.interceptor.js';
import { ProblemFilter } from '#http/problem.filter.js';
import { UpToDateGuard } from '#http/up-to-date.guard.js';
import { ValidationPipe } from '#http/validation.pipe.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

const application: Provider[] = [
  Feed,
  Snapshotter,
  Commands,
  Ids,
  FormatLevel,
  KeyTurns,
  SagaRunner,
  Caps,
  CapsCommands,
  CapQueries,
  DeriveCaps,
  UserSpend,
  CapWatch,
  WatchCaps,
  WatchPace,
  UserDays,
  WatchRunaways,
  PeriodsCommands,
  ClosePeriods,
  StatementQueries,
  AdmissionDesk,
  Standings,
  Lineages,
  PastGrants,
  WithoutStoreLog,
  FanOuts,
  FanOutQueries,
  LimitsCommands,
  OrganisationCommands,
  DirectoryCommands,
  PricesCommands,
  AccessCommands,
  AlertsCommands,
  AlertsQueries,
  AlertStream,
  AuditQueries,
  ClockCommands,
  SealAudit,
  WatchBuiltInPrices,
  IngestGate,
  TaskOwners,
  Ingest,
  Records,
  CorrectionsStream,
  CorrectionJobs,
  MeteringCommands,
  TaskQueries,
  SpendQueries,
];

/** How long a query waits for the `minPosition` it names: a process that follows the log is milliseconds behind. */
const longestWaitMs = 2_000;

const edge: Provider[] = [
  { provide: Callers, useClass: Access },
  ClockWatch,
  Metrics,
  Readiness,
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_GUARD, useFactory: (feed: Feed) => new UpToDateGuard(feed, longestWaitMs), inject: [Feed] },
  // Again: only now this process is sure to know of a key that another one had revoked.
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_INTERCEPTOR, useClass: KeyTurnsInterceptor },
  { provide: APP_FILTER, useClass: ProblemFilter },
  { provide: APP_PIPE, useClass: ValidationPipe },
];

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        HealthController,
        OrganisationController,
        MeteringController,
        SpendController,
        DirectoryController,
        CapsController,
        PeriodsController,
        FanOutsController,
        LimitsController,
        PricesController,
        ReratingsController,
        ApiKeysController,
        AlertStreamController,
        AlertsController,
        AuditController,
        ClockController,
      ],
      providers: [...adapters(config), ...application, ...edge],
    };
  }
}
