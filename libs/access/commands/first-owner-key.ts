import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { isRefusal } from '#kernel/refusal.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { AccessView } from '../domain/access.view.js';
import { CreateApiKey } from './access.commands.js';
import { generateKey } from './generate-key.js';

const owner = {
  name: 'first owner key',
  role: 'owner',
  groups: null,
  source: null,
  zeroCostIsFree: false,
  expiresAtMs: null,
} as const;

/** Bootstrap credential: where nobody has a key yet, the first start makes one, and shows it once. */
@Injectable()
export class FirstOwnerKey {
  /** The key, if this start has made it. It is kept nowhere else. */
  key: string | undefined;

  constructor(
    private readonly access: AccessView,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
  ) {}

  /** Must be called once the views have caught up. */
  async create(): Promise<void> {
    if (this.access.list().length > 0) return;
    const meta = {
      commandId: 'first-owner-key',
      nowMs: this.clock.now(),
      actor: 'system:start',
      reason: 'the first start',
    };
    const { key, ...generated } = generateKey(owner.role, meta);
    const created = await this.commands.execute(new CreateApiKey({ ...owner, ...generated }, meta));
    if (!isRefusal(created)) this.key = created.repeated ? undefined : key;
    // Another process began at the same time, and has shown the key.
    else if (created.code !== 'idempotencyConflict') throw new Error(created.detail);
  }
}
