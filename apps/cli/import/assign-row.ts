import { fingerprint, fingerprintWords, finish } from '#kernel/fingerprint.js';
import type { DraftRecord } from './record-fields.js';

/** How many users, groups and rows a task the import invents where the file says nothing. */
export interface Assignment {
  readonly source: string;
  readonly users: number;
  /** 0: groups are left to the service. */
  readonly groups: number;
  readonly rowsPerTask: number;
}

/**
 * Gives a row what it lacks of source, id, task, user and group. What is given depends on the row's number and on what
 * the row itself says, on nothing else, so that every run gives the same. This is a promise to those who import again:
 *
 * - id: `<source>:<row>`
 * - task: `<source>:task-<k>`, k counting from 1 for every `rowsPerTask` rows
 * - user: `user-01` ..., numbered by a hash of the task: of k, or of the row's own task id
 * - group (only if there are any): `group-1` ..., users in turn; by a hash of the row's own user id if it has one
 */
export const assignRow = (
  draft: DraftRecord,
  row: number,
  { source, users, groups, rowsPerTask }: Assignment,
): void => {
  draft.source ??= source;
  const owner = String(draft.source);
  draft.id ??= `${owner}:${String(row)}`;

  const block = Math.ceil(row / rowsPerTask);
  const task = draft.taskId === undefined ? finish(block) >>> 0 : hashOf(draft.taskId);
  draft.taskId ??= `${owner}:task-${String(block)}`;

  const user = draft.userId === undefined ? task % users : hashOf(draft.userId);
  draft.userId ??= `user-${numbered(user, users, 2)}`;
  if (groups > 0) draft.groupId ??= `group-${numbered(user % groups, groups, 1)}`;
};

/** Numbers from 1, as wide as the last one, so that names sort as they count. */
const numbered = (place: number, count: number, width: number): string =>
  String(place + 1).padStart(Math.max(width, String(count).length), '0');

const words = new Uint32Array(fingerprintWords);
const hashOf = (value: unknown): number => {
  fingerprint(String(value), 0, words, 0);
  return words[0];
};
