import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { areOf } from '#event-sourcing/feed/snapshotter.js';
import type { Fold } from '#event-sourcing/fold.js';
import { compareHours, compareOutcomes, compareSpend, createPlaceCheck } from './compare-views.js';
import type { LinesHash } from './compare-views.js';
import { damageIn } from './damaged-events.js';
import { eventsUpTo } from './events-up-to.js';
import { told } from './findings.js';
import type { Finding, Findings } from './findings.js';
import { messageOf } from './open-directory.js';
import type { RestoredViews } from './open-directory.js';
import type { PlainFigures } from './plain-spend.js';
import type { Progress } from './progress.js';
import type { Recount } from './recount.js';

/** Folds onto the snapshot what came after it, as a restart does. Says why, if that cannot be done. */
export const bringToHead = async (
  log: EventLog,
  head: number,
  { fold }: RestoredViews,
  progress: Progress,
): Promise<Finding | undefined> => {
  if (fold.position > head) {
    return {
      what: 'the snapshot is ahead of the log: the log has lost events, or belongs to another directory',
      ...told(head, fold.position),
    };
  }
  if (!(await areOfLog(fold, log))) {
    const found = fold.lastEventId;
    const expected = (await log.readAt(fold.position))?.id;
    return {
      what: `the snapshot was made from another log, with another event at position ${String(fold.position)}; the next start folds this log anew`,
      ...told(expected ?? 'nothing', found),
    };
  }
  try {
    for await (const event of eventsUpTo(log, fold.position, head, progress)) fold.apply(event);
    return undefined;
  } catch (error) {
    return { what: `the views cannot be brought from the snapshot to the end of the log: ${messageOf(error)}` };
  }
};

/** Whether the views were folded from this log; an event that cannot be read is named elsewhere. */
const areOfLog = async (fold: Fold, log: EventLog): Promise<boolean> => {
  try {
    return await areOf(fold, log);
  } catch (error) {
    damageIn(error);
    return true;
  }
};

/** The check of places, which ends with the first damaged file of the index. */
export const placesOf = ({ index }: RestoredViews, findings: Findings): ReturnType<typeof createPlaceCheck> => {
  const told = findings.of('index');
  const check = createPlaceCheck(index, told);
  let isReadable = true;
  const guarded = (look: () => void): void => {
    try {
      if (isReadable) look();
    } catch (error) {
      isReadable = false;
      told.add(`the index is damaged; stop the service and remove views/ and index/: ${messageOf(error)}`);
    }
  };
  return {
    identity: (record, first) => {
      guarded(() => {
        check.identity(record, first);
      });
    },
    finish: (taskId, position) => {
      guarded(() => {
        check.finish(taskId, position);
      });
    },
  };
};

/** Compares what the views hold with what was worked out. */
export const comparedViews = (
  { views }: RestoredViews,
  recount: Recount,
  cells: ReadonlyMap<string, PlainFigures>,
  findings: Findings,
): LinesHash | undefined => {
  try {
    compareOutcomes(recount, views, findings.of('rows'));
    compareHours(recount, views, findings.of('hours'));
    return compareSpend(cells, views, findings.of('spend'));
  } catch (error) {
    findings.of('other').add(`the snapshot is damaged, the next start makes a new one: ${messageOf(error)}`);
    return undefined;
  }
};
