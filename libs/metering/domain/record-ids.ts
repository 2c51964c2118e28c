import { idFault, idFaultTexts, isPlainId, normaliseId } from '#kernel/ids.js';
import type { RecordFault } from './metering-record.js';
import type { RecordRow } from './read-record.js';

/** What the ids of a record name. `source` and `id` are not among them: they are compared as sent, for ever. */
const idKinds = {
  taskId: 'task',
  parentTaskId: 'task',
  userId: 'user',
  groupId: 'group',
  scheduleId: 'name',
  fanOutId: 'fanOut',
  skill: 'name',
  plugin: 'name',
  connector: 'name',
  tool: 'name',
} as const;
type IdField = keyof typeof idKinds;
const idFields: readonly IdField[] = [
  ...(['taskId', 'parentTaskId', 'userId', 'groupId', 'scheduleId', 'fanOutId'] as const),
  ...(['skill', 'plugin', 'connector', 'tool'] as const),
];

/** Whether the log holds this very text as an id of the kind. */
export type IsKnownId = (kind: (typeof idKinds)[IdField], text: string) => boolean;

/**
 * Puts every id of the record into the form in which it is stored: what the log knows stays, what is new is normalised.
 * For records with an id that is not plain.
 *
 * @returns `invalidId` for a new id that would look like another one; the row is then of no use
 */
export const normaliseIds = (row: RecordRow, isKnown: IsKnownId): RecordFault | undefined => {
  for (const field of idFields) {
    const sent = row[field];
    if (sent === '' || isPlainId(sent) || isKnown(idKinds[field], sent)) continue;
    row[field] = normaliseId(sent);
    const fault = idFault(row[field]);
    if (fault !== undefined) return { code: 'invalidId', detail: `${field} ${idFaultTexts[fault]}` };
  }
  return undefined;
};
