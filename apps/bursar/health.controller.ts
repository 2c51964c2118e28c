import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Feed } from '#event-sourcing/feed/feed.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { builtInAgeDays } from '#prices/domain/built-in-prices.js';
import { WatchedClock } from '#event-sourcing/ports/clock.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { SpendView } from '#spend/domain/spend.view.js';
import { Fold } from '#event-sourcing/fold.js';
import { Needs } from '#http/access.guard.js';
import { Metrics } from './metrics.js';
import { Readiness } from '#http/readiness.js';

@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
    private readonly log: EventLog,
    private readonly index: LocationIndex,
    private readonly feed: Feed,
    private readonly spend: SpendView,
    private readonly fold: Fold,
    private readonly sagas: SagaLanes,
    private readonly clock: WatchedClock,
  ) {}

  @Get('healthz')
  @Needs('nothing')
  @ApiOperation({ summary: 'The process is alive' })
  alive() {
    return { status: 'alive' };
  }

  @Get('readyz')
  @Needs('nothing')
  @ApiOperation({
    summary: 'The log is open and can be reached, and the views have caught up; 503 and why if not',
    description:
      'While a shared store cannot be reached, queries are answered all the same, each with `stale: true`. `clock` says what is wrong with the clock of this machine, if anything is: it is not believed then, and the service goes on.',
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { alarm } = this.clock.read();
    const missing = this.readiness.missing() ?? this.log.outOfReach()?.detail;
    if (missing !== undefined) void reply.status(503);
    return {
      status: missing === undefined ? 'ready' : 'notReady',
      ...(missing !== undefined && { detail: missing }),
      ...(alarm !== undefined && { clock: alarm.detail }),
      position: this.feed.position,
      lag: await this.feed.lag(),
    };
  }

  @Get('metrics')
  @Needs('nothing')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'Counters and gauges in the text format of Prometheus' })
  async scrape(): Promise<string> {
    const { places, memoryBytes } = this.index.size();
    const { wallMs, trustedMs, alarm } = this.clock.read();
    return this.metrics.text({
      logPosition: await this.log.head(),
      feedPosition: this.feed.position,
      viewPositions: { views: this.fold.position },
      correctionFailures: this.sagas.counted().get('correctRecords')?.failures ?? 0,
      sagas: this.sagas.counted(),
      names: this.spend.usage().names,
      places,
      placeBytes: memoryBytes,
      builtInPricesAgeDays: builtInAgeDays(this.clock.now()),
      clock: { differenceMs: wallMs - trustedMs, isAlarm: alarm !== undefined },
    });
  }
}
