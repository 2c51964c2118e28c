import { ChangeKind, type Changes, PairChangeKind } from '#event-sourcing/changes.js';
import type { CorrectedRow } from '#metering/domain/metering.events.js';
import type { CountedRows } from './counted-rows.js';
import type { NameDictionary } from './name-dictionary.js';
import { materialisedViews } from './spend.dimensions.js';

/** From here on a pass over everybody is less work than to remember who has spent. */
const many = 2_000;

/** Ids of groups whose spend has changed. */
export const groupSpend = new ChangeKind('groupSpend');

/** Users whose spend in a group has changed: the numbers of group and user in the names of the spend view. */
export const userSpend = new PairChangeKind('userSpend', many);

const byUser = materialisedViews.indexOf('user');

/** Says whose spend the rows of an event have changed. Rows of one group mostly follow each other. */
export const noteSpend = (changes: Changes, rows: CountedRows, names: NameDictionary): void => {
  if (rows.count === 0) return;
  const users = rows.others[byUser];
  const pairs = changes.addPairs(userSpend);
  for (let at = 0; at < rows.count; at++) {
    const group = rows.groups[at];
    const isNewGroup = at === 0 || group !== rows.groups[at - 1];
    if (isNewGroup) changes.add(groupSpend, names.textOf(group));
    if (isNewGroup || users[at] !== users[at - 1]) pairs.add(group, users[at]);
  }
};

/** The same for records that are charged otherwise now. */
export const noteCorrections = (changes: Changes, corrected: readonly CorrectedRow[], names: NameDictionary): void => {
  const pairs = changes.addPairs(userSpend);
  for (const { userId, before, after } of corrected) {
    for (const { groupId } of after === null ? [before] : [before, after]) {
      changes.add(groupSpend, groupId);
      pairs.add(names.numberOf(groupId), names.numberOf(userId));
    }
  }
};
