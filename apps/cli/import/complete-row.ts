import { formatInstant } from '#kernel/instants.js';
import { assignRow } from './assign-row.js';
import type { Assignment } from './assign-row.js';
import type { FieldDefaults } from './column-map.js';
import { WrongUse } from './import-errors.js';
import { readTime } from './read-time.js';
import type { DraftRecord } from './record-fields.js';
import { setIn, valueIn } from './record-fields.js';
import type { TimeShift } from './time-shift.js';
import type { WallClock } from './wall-clock.js';

/** What turns a draft into the record that is sent. */
export interface Completion {
  readonly defaults: FieldDefaults;
  readonly assignment: Assignment;
  /** The clock of times without zone, if `--zone` names one. */
  readonly wall: WallClock | undefined;
  readonly shift: TimeShift;
}

/**
 * Completes a draft in place: defaults, then what is invented, then its time.
 * @throws WrongUse if its time has no zone and none was given
 */
export const completeRow = (draft: DraftRecord, row: number, by: Completion): DraftRecord => {
  for (const [field, value] of by.defaults) {
    const given = valueIn(draft, field);
    if (given === undefined || given === null) setIn(draft, field, value);
  }
  assignRow(draft, row, by.assignment);
  if (typeof draft.occurredAt === 'string') draft.occurredAt = timeOf(draft.occurredAt, row, by);
  return draft;
};

/** A text that is no time stays as it is: the service refuses it. */
const timeOf = (text: string, row: number, { wall, shift }: Completion): string => {
  const instantMs = readTime(text, wall);
  if (typeof instantMs === 'number') return formatInstant(shift.shifted(instantMs));
  if (instantMs === 'notATime') return text;
  throw new WrongUse(`Row ${String(row)}: the time '${text}' has no zone. Say which with --zone, such as --zone UTC.`);
};
