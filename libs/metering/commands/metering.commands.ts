import { Command } from '@nestjs/cqrs';
import type { IngestAnswer } from './pending-request.js';
import type { MeteringCaller } from './record-pipeline.js';

/**
 * Meters up to 10,000 records, which nobody has looked at yet. One for each request: what becomes of single records is
 * said in the answer.
 */
export class MeterRecords extends Command<IngestAnswer> {
  constructor(
    readonly records: readonly unknown[],
    readonly caller: MeteringCaller,
  ) {
    super();
  }
}
