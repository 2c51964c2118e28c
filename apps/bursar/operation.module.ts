import { type DynamicModule, Inject, Logger as NestLog, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { Startup } from '#event-sourcing/lifecycle/startup.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { HttpServer } from '#http/http-server.js';
import { Readiness } from '#http/readiness.js';
import { CorrectionsModule } from '#metering/corrections.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { FailureWatch } from './failure-watch.js';
import { HealthController } from './health.controller.js';
import { logRequests } from './logging.js';
import { Metrics } from './metrics.js';
import { StoreTime } from './store-time.js';

const rootLog = Symbol('the log of the service');

/** What operators see of the process: health, metrics, a line a request, and why nobody is answered. */
@Module({
  imports: [CorrectionsModule, SpendModule],
  controllers: [HealthController],
  providers: [StoreTime, FailureWatch],
})
export class OperationModule implements OnModuleInit {
  private readonly logger = new NestLog('operation');

  constructor(
    @Inject(rootLog) private readonly log: Logger,
    private readonly server: HttpServer,
    private readonly metrics: Metrics,
    private readonly startup: Startup,
    private readonly feed: Feed,
    private readonly storeTime: StoreTime,
    private readonly readiness: Readiness,
  ) {}

  /** @param log where requests are written down */
  static with(log: Logger): DynamicModule {
    return { module: OperationModule, providers: [{ provide: rootLog, useValue: log }] };
  }

  onModuleInit(): void {
    logRequests(this.server.fastify, this.log, this.metrics);
    this.startup.onCaughtUp(() => {
      this.storeTime.start();
    });
    this.startup.onPrepared(() => {
      this.readiness.ready();
    });
    // The process stays alive to say why.
    void this.feed.outdated.then(({ message }) => {
      this.readiness.unready(message);
      this.logger.error(message);
    });
  }
}
