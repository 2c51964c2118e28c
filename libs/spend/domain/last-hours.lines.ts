import { millisecondsInHour } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import type { SpendView } from './spend.view.js';

/**
 * The canonical content of the last hours: a line for each cell that is not empty (hour, group, user, micros, records,
 * parted by tabs, which no name contains), in the plain order of the lines. Two ways to compute them are equal if and
 * only if their lines are.
 */
export const lastHourLines = ({ names, lastHours }: Pick<SpendView, 'names' | 'lastHours'>): readonly string[] => {
  const lines: string[] = [];
  for (const { hour, cells } of lastHours.all()) {
    const hourText = formatInstant(hour * millisecondsInHour);
    for (let slot = 0; slot < cells.capacity; slot++) {
      if (!cells.isTaken(slot) || cells.isEmpty(slot)) continue;
      const [group, user] = [names.textOf(cells.firstAt(slot)), names.textOf(cells.secondAt(slot))];
      lines.push([hourText, group, user, String(cells.exactSpentAt(slot)), String(cells.recordsAt(slot))].join('\t'));
    }
  }
  return lines.sort();
};
