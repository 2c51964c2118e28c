import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, ModuleRef } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { AccessModule } from '#access/access.module.js';
import { AlertsModule } from '#alerts/alerts.module.js';
import { AuditModule } from '#audit/audit.module.js';
import { CapsModule } from '#caps/caps.module.js';
import { ClockModule } from '#clock/clock.module.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { EventSourcingModule } from '#event-sourcing/event-sourcing.module.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { FanOutModule } from '#fan-out/fan-out.module.js';
import { AccessGuard } from '#http/access.guard.js';
import { HttpModule } from '#http/http.module.js';
import { IdempotencyKeyInterceptor } from '#http/idempotency-key.interceptor.js';
import { ProblemFilter } from '#http/problem.filter.js';
import { UpToDateGuard } from '#http/up-to-date.guard.js';
import { ValidationPipe } from '#http/validation.pipe.js';
import { CorrectionsModule } from '#metering/corrections.module.js';
import { MeteringModule } from '#metering/metering.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { PeriodsModule } from '#periods/periods.module.js';
import { PricesModule } from '#prices/prices.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { PortBindingsModule } from './port-bindings.module.js';
import type { Config } from './config.js';
import { OperationModule } from './operation.module.js';
import { StoreModule } from './store.module.js';

/** How long a query waits for the `minPosition` it names: a process that follows the log is milliseconds behind. */
const longestWaitMs = 2_000;

@Module({})
export class BursarModule {
  constructor(private readonly module: ModuleRef) {}

  /** @param log where requests are written down */
  static with(config: Config, log: Logger): DynamicModule {
    return {
      module: BursarModule,
      imports: [
        StoreModule.with(config),
        CqrsModule.forRoot(),
        EventSourcingModule,
        HttpModule,
        PortBindingsModule,
        ClockModule,
        DirectoryModule,
        OrganisationModule,
        AccessModule,
        PricesModule,
        MeteringModule,
        CorrectionsModule,
        SpendModule,
        PeriodsModule,
        AlertsModule,
        CapsModule,
        FanOutModule.with(config.whenUnavailable),
        AuditModule,
        OperationModule.with(log),
      ],
      providers: [
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useFactory: (feed: Feed) => new UpToDateGuard(feed, longestWaitMs), inject: [Feed] },
        // Again: only now this process is sure to know of a key that another one had revoked.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyKeyInterceptor },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: ValidationPipe },
      ],
    };
  }

  /** Makes something that belongs to no module, of what they export. */
  create<T>(type: Type<T>): Promise<T> {
    return this.module.create(type);
  }
}
