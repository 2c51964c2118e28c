import { idFault, idFaultTexts, isPlainId, normaliseId } from '#kernel/ids.js';
import type { RecordFault } from './metering-record.js';
import { recordFields } from './record-fields.js';
import type { RecordRow } from './record-row.js';

/** Ids in the order in which they are looked at. `source` and `id` are none: they are compared as sent, for ever. */
const idFields = recordFields.filter((field) => 'idOf' in field);

/** Whether the log holds this very text as an id of the kind. */
export type IsKnownId = (kind: (typeof idFields)[number]['idOf'], text: string) => boolean;

/**
 * Puts every id of the record into the form in which it is stored: what the log knows stays, what is new is normalised.
 * For records with an id that is not plain.
 *
 * @returns `invalidId` for a new id that would look like another one; the row is then of no use
 */
export const normaliseIds = (row: RecordRow, isKnown: IsKnownId): RecordFault | undefined => {
  for (const { name, idOf } of idFields) {
    const sent = row[name];
    if (sent === '' || isPlainId(sent) || isKnown(idOf, sent)) continue;
    row[name] = normaliseId(sent);
    const fault = idFault(row[name]);
    if (fault !== undefined) return { code: 'invalidId', detail: `${name} ${idFaultTexts[fault]}` };
  }
  return undefined;
};
