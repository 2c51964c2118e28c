import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { keySeeds } from './identity.js';
import type { MeteredColumns } from './metering.events.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { groupTag } from './task-owners.locations.js';

/** Rows that do not count, in order. */
type Uncounted = readonly { readonly row: number }[];

const key = new Uint32Array(fingerprintWords);
const place = { position: 0, row: 0, tag: 0 };

const add = (index: LocationIndex, position: number, tag: number): void => {
  place.position = position;
  place.tag = tag;
  index.add(key, 0, place);
};

/**
 * Notes where tasks stand: one place per event and task, with the group of the task's first row in it as its tag. The
 * rows are found again when the event is read.
 *
 * @param hashes takes the hash of each task, by word
 */
export const indexTasks = (
  index: LocationIndex,
  position: number,
  columns: MeteredColumns,
  uncounted: Uncounted,
  hashes: Uint32Array,
): void => {
  const { words, groupId } = columns;
  let group = -1;
  let tag = 0;
  eachWordOnce(columns, columns.taskId, uncounted, (word, row) => {
    if (groupId[row] !== group) {
      group = groupId[row];
      tag = groupTag(words[group]);
    }
    fingerprint(words[word], keySeeds.task, key, 0);
    add(index, position, tag);
    hashes[word] = key[0];
  });
};

/** Notes where tasks are named as parents: one place per event and parent. */
export const indexChildren = (
  index: LocationIndex,
  position: number,
  columns: MeteredColumns,
  uncounted: Uncounted,
): void => {
  eachWordOnce(columns, columns.parentTaskId, uncounted, (word) => {
    fingerprint(columns.words[word], keySeeds.child, key, 0);
    add(index, position, 0);
  });
};

/** Visits every word of a column once, in the first row that counts; none for "absent". */
const eachWordOnce = (
  { count, words }: MeteredColumns,
  column: readonly number[] | undefined,
  uncounted: Uncounted,
  visit: (word: number, row: number) => void,
): void => {
  if (column === undefined) return;
  const visited = new Uint8Array(words.length);
  visited[0] = 1;
  let next = 0;
  for (let row = 0; row < count; row++) {
    if (next < uncounted.length && uncounted[next].row === row) {
      next++;
      continue;
    }
    const word = column[row];
    if (visited[word] === 1) continue;
    visited[word] = 1;
    visit(word, row);
  }
};
