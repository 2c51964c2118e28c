import { Injectable } from '@nestjs/common';
import { isRefusal } from '#kernel/refusal.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { AccessView } from '../domain/access.view.js';
import { AccessCommands } from './access.commands.js';

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
    private readonly commands: AccessCommands,
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
    const created = await this.commands.create(owner, meta);
    if (!isRefusal(created)) this.key = created.key ?? undefined;
    // Another process began at the same time, and has shown the key.
    else if (created.code !== 'idempotencyConflict') throw new Error(created.detail);
  }
}
