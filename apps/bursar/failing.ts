import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventLog, LogFailure } from '#event-sourcing/ports/event-log.js';
import { isKeptDamage, type KeptDamage } from '#event-sourcing/ports/kept-damage.js';
import { PlaceIndex } from '#event-sourcing/ports/place-index.js';
import { Snapshots } from '#event-sourcing/ports/snapshots.js';

/** Resolves once if the service cannot go on: the log has failed, or what is kept of its views is damaged. */
export const failureOf = (app: NestFastifyApplication): Promise<LogFailure> =>
  Promise.race([
    // Told where it is read, before whoever reads it fails.
    app.get(PlaceIndex).damaged.then(rebuildFailure),
    app.get(Snapshots).damaged.then(rebuildFailure),
    app.get(EventLog).failed,
  ]);

/** What is damaged is thrown away: the next start folds the views from the log again. */
export const forgetDamaged = async (app: NestFastifyApplication, { cause }: LogFailure): Promise<void> => {
  if (isKeptDamage(cause)) await app.get(Snapshots).clear();
};

const rebuildFailure = (cause: KeptDamage): LogFailure =>
  new LogFailure(
    'damaged',
    `What is kept of the views is damaged: ${cause.message}. The log is whole and nothing is lost. Start again: the views and their index are made anew from the log. See to the disk.`,
    { cause },
  );
