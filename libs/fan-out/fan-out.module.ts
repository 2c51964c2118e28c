import { type DynamicModule, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { Callers } from '#http/caller.js';
import { HttpServer } from '#http/http-server.js';
import { MeteringModule } from '#metering/metering.module.js';
import { AdmissionModule } from './admission.module.js';
import { AdmissionSagasModule } from './admission-sagas.module.js';
import { FailOpenFanOuts } from './commands/fail-open-fan-outs.js';
import { FanOuts } from './commands/fan-outs.js';
import { fanOutHandlers } from './commands/fan-outs.handlers.js';
import { StoredFanOuts } from './commands/stored-fan-outs.js';
import { FailOpenModule } from './fail-open.module.js';
import { FanOutsController } from './http/fan-outs.controller.js';
import { fanOutsRoute } from './http/fan-outs.route.js';
import { FanOutReader } from './queries/fan-out-reader.js';
import { fanOutQueryHandlers } from './queries/fan-outs.queries.js';

/** What schedulers ask: may a fan-out start, may it go on. */
@Module({
  imports: [MeteringModule, AdmissionModule, AdmissionSagasModule],
  controllers: [FanOutsController],
  providers: [FanOutReader, ...fanOutHandlers, ...fanOutQueryHandlers],
})
export class FanOutModule implements OnModuleInit {
  constructor(
    private readonly server: HttpServer,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly keyedMutex: KeyedMutex,
    private readonly callers: Callers,
  ) {}

  /** @param whenUnavailable what is answered while the event store is away: nothing, or a grant that it has not seen */
  static with(whenUnavailable: 'deny' | 'allow'): DynamicModule {
    return whenUnavailable === 'allow'
      ? {
          module: FanOutModule,
          imports: [FailOpenModule],
          providers: [{ provide: FanOuts, useExisting: FailOpenFanOuts }],
        }
      : { module: FanOutModule, providers: [{ provide: FanOuts, useExisting: StoredFanOuts }] };
  }

  onModuleInit(): void {
    fanOutsRoute(this.server.fastify, this.commands, this.queries, this.keyedMutex, this.callers);
  }
}
