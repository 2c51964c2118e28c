import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal, refuse } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { accessEvent } from '../domain/access.events.js';
import type { KnownKey } from '../domain/access.view.js';
import { apiKeyDecider } from '../domain/api-key.js';
import type { ApiKeyCode, CreateApiKey } from '../domain/api-key.js';
import { AccessView } from '../domain/access.view.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import { Ids } from '#directory/queries/ids.js';

const apiKey = { ...apiKeyDecider, event: accessEvent };

/** A key just made. `key` is the only copy there is; null when the same request made it before. */
export interface CreatedKey {
  readonly known: KnownKey;
  readonly key: string | null;
}

/** Makes and revokes API keys. */
@Injectable()
export class AccessCommands {
  constructor(
    private readonly commands: Commands,
    private readonly access: AccessView,
    private readonly ids: Ids,
  ) {}

  async create(
    asked: Omit<CreateApiKey['data'], 'keyId' | 'secretHash'>,
    meta: CommandMeta,
  ): Promise<CreatedKey | Refusal<ApiKeyCode | DirectoryCode>> {
    const data = this.withIds(asked);
    if (isRefusal(data)) return data;
    const keyId = digest(meta.commandId.split(':')[0]).slice(0, 12);
    const key = `bursar_${data.role}_${keyId}_${randomBytes(32).toString('base64url')}`;
    const command = { type: 'CreateApiKey' as const, data: { ...data, keyId, secretHash: digest(key) }, meta };
    const executed = await this.commands.execute(apiKey, `apiKey-${keyId}`, command);
    if (isRefusal(executed)) return executed;
    return { known: this.known(keyId), key: executed.repeated ? null : key };
  }

  async revoke(keyId: string, meta: CommandMeta): Promise<KnownKey | Refusal<ApiKeyCode>> {
    if (this.find(keyId) === undefined) return refuse('unknownApiKey', 'There is no API key with this id.');
    const otherLiveOwnerKeys = this.access.otherLiveOwnerKeys(keyId, meta.nowMs);
    const command = { type: 'RevokeApiKey' as const, data: { keyId, otherLiveOwnerKeys }, meta };
    const executed = await this.commands.execute(apiKey, `apiKey-${keyId}`, command);
    return isRefusal(executed) ? executed : this.known(keyId);
  }

  /** The groups and the source as they are stored, or why they cannot be. */
  private withIds<D extends Pick<CreateApiKey['data'], 'groups' | 'source'>>(data: D): D | Refusal<DirectoryCode> {
    const source = data.source === null ? null : this.ids.taken('source', data.source, 'source');
    if (isRefusal(source)) return source;
    const groups: string[] = [];
    for (const group of data.groups ?? []) {
      const groupId = this.ids.taken('group', group, 'An id in groups');
      if (isRefusal(groupId)) return groupId;
      groups.push(groupId);
    }
    return { ...data, source, groups: data.groups && groups };
  }

  private find(keyId: string): KnownKey | undefined {
    return this.access.list().find((key) => key.keyId === keyId);
  }

  private known(keyId: string): KnownKey {
    const key = this.find(keyId);
    if (key === undefined) throw new Error(`the key ${keyId} was made, but no view knows it`);
    return key;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
