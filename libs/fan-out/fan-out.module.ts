import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { AccessModule } from '#access/access.module.js';
import { CapsModule } from '#caps/caps.module.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { Callers } from '#http/caller.js';
import { HttpServer } from '#http/http-server.js';
import { MeteringModule } from '#metering/metering.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { AdmissionModule } from './admission.module.js';
import { FanOuts } from './commands/fan-outs.js';
import { RequestEnricher } from './commands/request-enricher.js';
import { TaskAncestors } from './commands/task-ancestors.js';
import { EstimatesModule } from './estimates.module.js';
import { fanOutBindings } from './fan-out.bindings.js';
import { FanOutsController } from './http/fan-outs.controller.js';
import { fanOutsRoute } from './http/fan-outs.route.js';
import { LimitsModule } from './limits.module.js';
import { FanOutQueries } from './queries/fan-outs.query.js';

/** What schedulers ask: may a fan-out start, may it go on; and what earlier capabilities ask of it. */
@Module({
  imports: [
    DirectoryModule,
    OrganisationModule,
    AccessModule,
    MeteringModule,
    SpendModule,
    CapsModule,
    LimitsModule,
    EstimatesModule,
    AdmissionModule,
  ],
  controllers: [FanOutsController],
  providers: [
    TaskAncestors,
    RequestEnricher,
    FanOuts,
    FanOutQueries,
    ...fanOutBindings.map(({ useExisting }) => useExisting),
  ],
  exports: fanOutBindings.map(({ useExisting }) => useExisting),
})
export class FanOutModule implements OnModuleInit {
  constructor(
    private readonly server: HttpServer,
    private readonly fanOuts: FanOuts,
    private readonly keyedMutex: KeyedMutex,
    private readonly callers: Callers,
  ) {}

  onModuleInit(): void {
    fanOutsRoute(this.server.fastify, this.fanOuts, this.keyedMutex, this.callers);
  }
}
