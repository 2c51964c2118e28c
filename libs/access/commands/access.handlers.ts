import { isRefusal, refuse, type Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { Ids } from '#directory/queries/ids.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { accessEvent, apiKeyStreamOf, ownerKeysStream } from '../domain/access.events.js';
import { AccessView } from '../domain/access.view.js';
import { apiKeyDecider, type NewApiKey } from '../domain/api-key.js';
import { CreateApiKey, RevokeApiKey } from './access.commands.js';

const decider = { ...apiKeyDecider, event: accessEvent };

/** The groups and the source as they are stored, or why they cannot be. */
const withTakenIds = (data: NewApiKey, ids: Ids): NewApiKey | Refusal<DirectoryCode> => {
  const source = data.source === null ? null : ids.taken('source', data.source, 'source');
  if (isRefusal(source)) return source;
  const groups: string[] = [];
  for (const group of data.groups ?? []) {
    const groupId = ids.taken('group', group, 'An id in groups');
    if (isRefusal(groupId)) return groupId;
    groups.push(groupId);
  }
  return { ...data, source, groups: data.groups && groups };
};

const createApiKey = decidedBy(decider, [CreateApiKey], [Ids], ({ data, meta }, ids) => {
  const taken = withTakenIds(data, ids);
  return isRefusal(taken) ? taken : { stream: apiKeyStreamOf(data.keyId), command: new CreateApiKey(taken, meta) };
});

const unknownApiKey = refuse('unknownApiKey', 'There is no API key with this id.');

const revokeApiKey = decidedBy(decider, [RevokeApiKey], [AccessView], ({ data: { keyId }, meta }, access) => {
  const key = access.keyOf(keyId);
  if (key === undefined) return unknownApiKey;
  const command = { type: 'RevokeApiKey' as const, data: { keyId }, meta };
  if (key.role !== 'owner') return { stream: apiKeyStreamOf(keyId), command };
  // The view has folded all of that stream, and what is stored there meanwhile is a conflict.
  return { stream: ownerKeysStream, command, lookUp: () => Promise.resolve(access.ownerKey(keyId, meta.nowMs)) };
});

export const accessHandlers = [...createApiKey, ...revokeApiKey];
