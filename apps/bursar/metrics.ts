import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SagaCounts } from '#event-sourcing/sagas/lanes.js';
import type { IngestAnswer } from '#metering/commands/pending-request.js';

const secondBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];

/** What a scrape asks the service about, at the moment of the scrape. */
export interface Readings {
  readonly logPosition: number;
  readonly feedPosition: number;
  /** Position each view stands at. They move in step, so a difference is a bug. */
  readonly viewPositions: Readonly<Record<string, number>>;
  readonly correctionFailures: number;
  /** Per saga, since the start. */
  readonly sagas: ReadonlyMap<string, SagaCounts>;
  readonly names: number;
  readonly places: number;
  readonly placeBytes: number;
  /** Days since the built-in price list was compared with public price pages. */
  readonly builtInPricesAgeDays: number;
  /** By how much the machine's clock is ahead of the time that counts, and whether that is an alarm. */
  readonly clock: { readonly differenceMs: number; readonly isAlarm: boolean };
}

/** Counters and gauges, as Prometheus reads them. Names end in their unit. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly records = new Counter({
    name: 'bursar_metering_records_total',
    help: 'Records received, by what became of them.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  private readonly refused = new Counter({
    name: 'bursar_metering_refused_total',
    help: 'Records refused, by code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly droppedLabels = new Counter({
    name: 'bursar_metering_dropped_labels_total',
    help: 'Labels of accepted records under keys that the organisation has not chosen.',
    registers: [this.registry],
  });
  private readonly ingest = new Histogram({
    name: 'bursar_metering_request_seconds',
    help: 'From a metering request parsed to its answer, durable and folded.',
    buckets: secondBuckets,
    registers: [this.registry],
  });
  private readonly flushes = new Histogram({
    name: 'bursar_log_flush_seconds',
    help: 'One commit of the event log to disk.',
    buckets: secondBuckets,
    registers: [this.registry],
  });
  private readonly requests = new Counter({
    name: 'bursar_http_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['route', 'status'],
    registers: [this.registry],
  });
  private readonly positions = new Gauge({
    name: 'bursar_position',
    help: 'Positions in the log: its head, the feed, each view.',
    labelNames: ['of'],
    registers: [this.registry],
  });
  private readonly lag = new Gauge({
    name: 'bursar_feed_lag_events',
    help: 'Events the views are behind the log.',
    registers: [this.registry],
  });
  private readonly correctionFailures = new Gauge({
    name: 'bursar_correction_failures',
    help: 'Steps of correction jobs that failed and are tried again.',
    registers: [this.registry],
  });
  private readonly sagaSteps = new Gauge({
    name: 'bursar_saga_steps',
    help: 'Commands that sagas have issued since the start, by saga and outcome; what failed is tried again.',
    labelNames: ['saga', 'outcome'],
    registers: [this.registry],
  });
  private readonly held = new Gauge({
    name: 'bursar_held',
    help: 'What the views hold: names, places in the index, and the bytes of memory of the latter.',
    labelNames: ['of'],
    registers: [this.registry],
  });
  private readonly builtInPricesAge = new Gauge({
    name: 'bursar_built_in_prices_age_days',
    help: 'Days since the built-in price list was compared with public price pages; look at it above 60.',
    registers: [this.registry],
  });
  private readonly clockDifference = new Gauge({
    name: 'bursar_clock_difference_seconds',
    help: 'By how much the clock of the machine is ahead of the time that counts.',
    registers: [this.registry],
  });
  private readonly clockAlarm = new Gauge({
    name: 'bursar_clock_alarm',
    help: '1 while somebody has to see to the clock of the machine, else 0.',
    registers: [this.registry],
  });
  private readonly delay = new Gauge({
    name: 'bursar_event_loop_delay_seconds',
    help: 'Event-loop delay since the last scrape, by quantile.',
    labelNames: ['quantile'],
    registers: [this.registry],
  });
  private readonly memory = new Gauge({
    name: 'bursar_resident_memory_bytes',
    help: 'Resident memory.',
    registers: [this.registry],
  });
  private readonly eventLoop = monitorEventLoopDelay({ resolution: 10 });

  constructor() {
    this.eventLoop.enable();
  }

  ingested({ accepted, duplicates, rejected, droppedLabels = 0 }: IngestAnswer, ms: number): void {
    this.records.inc({ outcome: 'accepted' }, accepted);
    if (duplicates > 0) this.records.inc({ outcome: 'duplicate' }, duplicates);
    if (rejected.length > 0) this.records.inc({ outcome: 'refused' }, rejected.length);
    if (droppedLabels > 0) this.droppedLabels.inc(droppedLabels);
    for (const { code } of rejected) this.refused.inc({ code });
    this.ingest.observe(ms / 1_000);
  }

  flushed(ms: number): void {
    this.flushes.observe(ms / 1_000);
  }

  answered(route: string, status: number): void {
    this.requests.inc({ route, status: String(status) });
  }

  /** Everything in Prometheus' text format. */
  async text(readings: Readings): Promise<string> {
    this.positions.set({ of: 'log' }, readings.logPosition);
    this.positions.set({ of: 'feed' }, readings.feedPosition);
    for (const [view, position] of Object.entries(readings.viewPositions)) this.positions.set({ of: view }, position);
    this.lag.set(Math.max(0, readings.logPosition - readings.feedPosition));
    this.correctionFailures.set(readings.correctionFailures);
    for (const [saga, { done, failures }] of readings.sagas) {
      this.sagaSteps.set({ saga, outcome: 'done' }, done);
      this.sagaSteps.set({ saga, outcome: 'failed' }, failures);
    }
    this.held.set({ of: 'names' }, readings.names);
    this.held.set({ of: 'places' }, readings.places);
    this.held.set({ of: 'placeBytes' }, readings.placeBytes);
    this.builtInPricesAge.set(readings.builtInPricesAgeDays);
    this.clockDifference.set(readings.clock.differenceMs / 1_000);
    this.clockAlarm.set(readings.clock.isAlarm ? 1 : 0);
    this.memory.set(process.memoryUsage.rss());
    for (const quantile of [50, 99, 100]) {
      this.delay.set({ quantile: String(quantile / 100) }, this.eventLoop.percentile(quantile) / 1e9);
    }
    this.eventLoop.reset();
    return this.registry.metrics();
  }
}
