import { isRefusal } from '#kernel/refusal.js';
import { randomUUID } from 'node:crypto';
import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { formatInstant } from '#kernel/instants.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import type { ProposedEvent } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { PricesView } from '#prices/domain/prices.view.js';
import { MeteringView } from '../domain/metering.view.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import { FixOrganisation } from '#organisation/commands/organisation.commands.js';
import { inTurn } from '#event-sourcing/turns.js';
import { MeterRecords } from './metering.commands.js';
import { RecordPipeline } from './record-pipeline.js';
import type { MeteringCaller } from './record-pipeline.js';
import { openBatch } from './open-batch.js';
import type { OpenBatch } from './open-batch.js';
import { Overloaded } from '#event-sourcing/overloaded.js';
import { SingleWriterStream } from './single-writer-stream.js';
import { answerOf, pendingRequest } from './pending-request.js';
import type { IngestAnswer, PendingRequest } from './pending-request.js';

/** Records the gate reads before it lets others run: about a millisecond. */
const recordsPerSlice = 100;
/** Records accepted at the gate and not yet folded, beyond which senders are asked to wait. */
const maxRecordsUnderWay = 200_000;

/**
 * The main road: records come in, are attributed and rated, go into the log, and are answered when they are durable and
 * folded. Requests that arrive while a flush runs share the next event. One promise per request, none per record.
 */
@CommandHandler(MeterRecords)
export class Ingest implements ICommandHandler<MeterRecords> {
  // A new map each time: the tables of one that is cleared and filled again keep one another, and what was in them.
  private open = new Map<string, OpenBatch>();
  private full: OpenBatch[] = [];
  private appendsUnderWay = 0;
  private isHandingOver = false;
  private recordsUnderWay = 0;

  constructor(
    private readonly stream: SingleWriterStream,
    private readonly feed: Feed,
    private readonly organisationView: OrganisationView,
    private readonly prices: PricesView,
    private readonly metering: MeteringView,
    private readonly clock: Clock,
    private readonly commands: CommandBus,
    private readonly pipeline: RecordPipeline,
  ) {}

  /**
   * @throws Overloaded when too much is under way; nothing of the request was taken
   * @throws LogFailure when the log cannot go on or does not answer; what was taken may or may not be stored, and may be
   * sent again
   * @throws NewerFormat when a newer version has begun to write to the log: the same
   */
  async execute({ records, caller }: MeterRecords): Promise<IngestAnswer> {
    if (this.recordsUnderWay + records.length > maxRecordsUnderWay) throw new Overloaded();
    this.recordsUnderWay += records.length;
    try {
      await this.fixOrganisationBeforeFirst(records, caller);
      return await this.readAll(records, caller);
    } finally {
      this.recordsUnderWay -= records.length;
    }
  }

  // Currency and time zone are fixed by the first record: the fact is in the log before that record is.
  private async fixOrganisationBeforeFirst(records: readonly unknown[], caller: MeteringCaller): Promise<void> {
    if (this.organisationView.organisation().fixed) return;
    const limits = this.pipeline.limits(this.clock.now());
    if (!records.some((record) => typeof this.pipeline.admit(record, caller, limits) === 'string')) return;
    const meta = { commandId: randomUUID(), nowMs: this.clock.now(), actor: caller.actor, reason: 'the first record' };
    const fixed = await this.commands.execute(new FixOrganisation({}, meta));
    if (isRefusal(fixed)) throw new Error(`the organisation could not be fixed: ${fixed.detail}`);
  }

  private async readAll(records: readonly unknown[], caller: MeteringCaller): Promise<IngestAnswer> {
    const { promise, resolve, reject } = withResolvers();
    const request = pendingRequest(this.feed.position, resolve, reject);
    await Promise.all([this.readSlices(records, caller, request), promise]);
    return answerOf(request);
  }

  private async readSlices(
    records: readonly unknown[],
    caller: MeteringCaller,
    request: PendingRequest,
  ): Promise<void> {
    for (let from = 0; from < records.length; from += recordsPerSlice) {
      if (from > 0) await inTurn();
      this.readSlice(records, from, Math.min(from + recordsPerSlice, records.length), caller, request);
      this.handOver(false);
      if (this.appendsUnderWay === 0) void this.handOverInTurn();
    }
    if (--request.open === 0) request.settle();
  }

  private readSlice(
    records: readonly unknown[],
    from: number,
    to: number,
    caller: MeteringCaller,
    request: PendingRequest,
  ): void {
    const limits = this.pipeline.limits(this.clock.now());
    const { row } = this.pipeline;
    for (let index = from; index < to; index++) {
      const verdict = this.pipeline.admit(records[index], caller, limits);
      if (verdict === 'accepted') {
        request.droppedLabels += row.droppedLabels;
        this.push(caller.actor, request, index);
      } else if (verdict === 'duplicate') request.duplicates++;
      else request.rejected.push({ index, id: row.id || null, ...verdict });
    }
  }

  private push(actor: string, request: PendingRequest, index: number): void {
    const pricesKnown = this.prices.book.published;
    let batch = this.open.get(actor);
    if (batch?.pricesKnown !== pricesKnown) {
      if (batch !== undefined) this.full.push(batch);
      batch = openBatch(actor, pricesKnown);
      this.open.set(actor, batch);
    }
    batch.push(request, index, this.pipeline.row, this.pipeline.charged, this.pipeline.key);
    if (batch.isFull()) {
      this.full.push(batch);
      this.open.delete(actor);
    }
  }

  // Full batches go at once. The others wait until an append comes back, so that one flush serves many senders.
  private handOver(everything: boolean): void {
    const batches = this.full;
    this.full = [];
    if (everything) {
      batches.push(...this.open.values());
      this.open = new Map();
    }
    if (batches.length > 0) void this.append(batches);
  }

  private async append(batches: readonly OpenBatch[]): Promise<void> {
    this.appendsUnderWay++;
    await Promise.all(batches.map((batch) => this.store(batch)));
    this.appendsUnderWay--;
    void this.handOverInTurn();
  }

  // Whoever waits for a turn already goes along: the more there is to do, the more share an append.
  private async handOverInTurn(): Promise<void> {
    if (this.isHandingOver || this.open.size === 0) return;
    this.isHandingOver = true;
    await inTurn();
    this.isHandingOver = false;
    if (this.appendsUnderWay === 0) this.handOver(true);
  }

  private async store(batch: OpenBatch): Promise<void> {
    try {
      const position = await this.stream.append(this.propose(batch));
      void this.settle(batch, position);
    } catch (error) {
      batch.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  // Not awaited where it is stored: the next append does not wait until the views have folded this one.
  private async settle(batch: OpenBatch, position: number): Promise<void> {
    try {
      await this.feed.reached(position);
      batch.settle(position, this.metering.uncountedAt(position));
    } catch (error) {
      // It is stored and never folded here: whoever sends it again is told by a process that does.
      batch.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private propose(batch: OpenBatch): ProposedEvent {
    const commandId = randomUUID();
    const meta = { commandId, now: formatInstant(this.clock.now()), actor: batch.actor, reason: '' };
    return proposeEvent(commandId, 0, { type: 'RecordsMetered', data: batch.columns() }, meta);
  }
}

const withResolvers = () => {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};
