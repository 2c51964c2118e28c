import { isPlainId } from '#kernel/ids.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import type { IdKind, Ids } from '#directory/queries/ids.js';
import type { FanOutRequest } from './fan-out-request.js';

type IdField = 'requestId' | 'groupId' | 'userId' | 'taskId' | 'skill' | 'pattern';
const kinds: readonly (readonly [IdField, IdKind])[] = [
  ['requestId', 'request'],
  ['groupId', 'group'],
  ['userId', 'user'],
  ['taskId', 'task'],
  ['skill', 'name'],
  ['pattern', 'name'],
];

/** A request with its ids as they are stored. */
export interface AskedIds {
  readonly request: FanOutRequest;
  /** Why nothing new may be granted for it. */
  readonly refused: Refusal<DirectoryCode> | undefined;
}

/** Normalises the new ids of a request. What was granted for it before is found also where they would be refused now. */
export const askedIds = (request: FanOutRequest, ids: Ids): AskedIds => {
  if (kinds.every(([field]) => isPlainId(request[field] ?? ''))) return { request, refused: undefined };
  const settled = { ...request };
  let refused: Refusal<DirectoryCode> | undefined;
  for (const [field, kind] of kinds) {
    const sent = request[field];
    if (sent === undefined) continue;
    const taken = ids.taken(kind, sent, field);
    if (isRefusal(taken)) refused ??= taken;
    else settled[field] = taken;
  }
  return { request: settled, refused };
};
