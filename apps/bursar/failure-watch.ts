import { Injectable, Logger } from '@nestjs/common';
import { EventLog, LogFailure } from '#event-sourcing/ports/event-log.js';
import { isDerivedDataDamage, type DerivedDataDamage } from '#event-sourcing/ports/derived-data-damage.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';
import { Readiness } from '#http/readiness.js';

/** Failure detector: notices that the service cannot go on, because the log has failed or the kept views are damaged. */
@Injectable()
export class FailureWatch {
  private readonly logger = new Logger('storage');
  /** Resolves once if that is so, when nobody is answered any more and what is damaged has been thrown away. */
  readonly failure: Promise<LogFailure>;

  constructor(
    log: EventLog,
    index: LocationIndex,
    private readonly snapshots: Snapshots,
    private readonly readiness: Readiness,
  ) {
    // Told where it is read, before whoever reads it fails.
    const damaged = [index.damaged, snapshots.damaged].map((damage) => damage.then(rebuildFailure));
    this.failure = Promise.race([...damaged, log.failed]).then((failure) => this.end(failure));
  }

  private async end(failure: LogFailure): Promise<LogFailure> {
    this.readiness.unready(failure.detail);
    this.logger.error(failure.detail);
    try {
      // The next start folds the views from the log again. If this cannot be done, it finds out.
      if (isDerivedDataDamage(failure.cause)) await this.snapshots.clear();
    } catch (error) {
      this.logger.error(error);
    }
    return failure;
  }
}

const rebuildFailure = (cause: DerivedDataDamage): LogFailure =>
  new LogFailure(
    'damaged',
    `What is kept of the views is damaged: ${cause.message}. The log is whole and nothing is lost. Start again: the views and their index are made anew from the log. See to the disk.`,
    { cause },
  );
