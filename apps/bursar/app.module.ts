import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AccessCommands } from '#application/access/access.commands.js';
import { AuditQueries } from '#application/audit/audit.query.js';
import { SealAudit } from '#application/audit/seal-audit.saga.js';
import { WatchBuiltInPrices } from '#application/prices/watch-built-in-prices.saga.js';
import { CapQueries } from '#application/caps/cap.query.js';
import { Caps } from '#application/caps/caps.js';
import { CapWatch } from '#application/caps/cap-watch.js';
import { CapsCommands } from '#application/caps/caps.commands.js';
import { DeriveCaps } from '#application/caps/derive-caps.saga.js';
import { AlertStream } from '#application/alerts/alert-stream.js';
import { AlertsCommands } from '#application/alerts/alerts.commands.js';
import { AlertsQueries } from '#application/alerts/alerts.queries.js';
import { UserDays } from '#application/caps/user-days.js';
import { UserSpend } from '#application/caps/user-spend.js';
import { WatchCaps } from '#application/caps/watch-caps.saga.js';
import { WatchPace } from '#application/caps/watch-pace.saga.js';
import { WatchRunaways } from '#application/caps/watch-runaways.saga.js';
import { ClockCommands } from '#application/clock/clock.commands.js';
import { Commands } from '#application/commands/execute.js';
import { KeyTurns } from '#application/commands/key-turns.js';
import { DirectoryCommands } from '#application/directory/directory.commands.js';
import { AdmissionDesk } from '#application/fan-out/admission-desk.js';
import { FanOuts } from '#application/fan-out/fan-outs.js';
import { FanOutQueries } from '#application/fan-out/fan-outs.query.js';
import { LimitsCommands } from '#application/fan-out/limits.commands.js';
import { Lineages } from '#application/fan-out/lineages.js';
import { PastGrants } from '#application/fan-out/past-grants.js';
import { Standings } from '#application/fan-out/standings.js';
import { WithoutStoreLog } from '#application/fan-out/without-store-log.js';
import { Feed } from '#application/feed/feed.js';
import { FormatLevel } from '#application/feed/format-level.js';
import { Snapshotter } from '#application/feed/snapshotter.js';
import { Ids } from '#application/directory/ids.js';
import { CorrectionJobs } from '#application/metering/correction-jobs.js';
import { CorrectionsStream } from '#application/metering/corrections-stream.js';
import { Door } from '#application/metering/door.js';
import { Ingest } from '#application/metering/ingest.js';
import { MeteringCommands } from '#application/metering/metering.commands.js';
import { Records } from '#application/metering/records.js';
import { TaskOwners } from '#application/metering/task-owners.js';
import { TaskQueries } from '#application/metering/tasks.query.js';
import { OrganisationCommands } from '#application/organisation/organisation.commands.js';
import { ClosePeriods } from '#application/periods/close-periods.saga.js';
import { PeriodsCommands } from '#application/periods/periods.commands.js';
import { StatementQueries } from '#application/periods/statements.query.js';
import { PricesCommands } from '#application/prices/prices.commands.js';
import { SagaRunner } from '#application/sagas/saga-runner.js';
import { SpendQueries } from '#application/spend/spend.queries.js';
import { ClockWatch } from './clock-watch.js';
import type { Config } from './config.js';
import { AlertStreamController } from './controllers/alert-stream.controller.js';
import { AlertsController } from './controllers/alerts.controller.js';
import { ApiKeysController } from './controllers/api-keys.controller.js';
import { AuditController } from './controllers/audit.controller.js';
import { ClockController } from './controllers/clock.controller.js';
import { CapsController } from './controllers/caps.controller.js';
import { DirectoryController } from './controllers/directory.controller.js';
import { FanOutsController } from './controllers/fan-outs.controller.js';
import { HealthController } from './controllers/health.controller.js';
import { LimitsController } from './controllers/limits.controller.js';
import { MeteringController } from './controllers/metering.controller.js';
import { OrganisationController } from './controllers/organisation.controller.js';
import { PeriodsController } from './controllers/periods.controller.js';
import { PricesController } from './controllers/prices.controller.js';
import { SpendController } from './controllers/spend.controller.js';
import { adapters } from './adapters.js';
import { AccessGuard } from './http/access.guard.js';
import { Access } from './http/caller.js';
import { KeyTurnsInterceptor } from './http/key-turns.interceptor.js';
import { ProblemFilter } from './http/problem.filter.js';
import { UpToDateGuard } from './http/up-to-date.guard.js';
import { ValidationPipe } from './http/validation.pipe.js';
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
  Door,
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
  Access,
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
