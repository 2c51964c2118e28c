import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isRefusal } from '#kernel/refusal.js';
import type { CommandMeta } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { OrganisationCode } from '../domain/organisation.codes.js';
import { organisationEvent } from '../domain/organisation.events.js';
import { organisationDecider } from '../domain/organisation.js';
import type { OrganisationCommand } from '../domain/organisation.js';
import type { OrganisationSettings } from '../domain/settings.js';
import { OrganisationView } from '../domain/organisation.view.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';

const organisation = { ...organisationDecider, event: organisationEvent };

/** Commands about the organisation. */
@Injectable()
export class OrganisationCommands {
  constructor(
    private readonly commands: Commands,
    private readonly clock: Clock,
    private readonly view: OrganisationView,
  ) {}

  configure(
    data: OrganisationSettings,
    meta: CommandMeta,
    precondition?: Precondition,
  ): Promise<Outcome<OrganisationCode | KernelCode>> {
    const command = { type: 'ConfigureOrganisation' as const, data, meta };
    return this.execute(command, { ...precondition, isThere: () => true });
  }

  /** Fixes currency and time zone, which the first record does. */
  async fix(actor: string): Promise<void> {
    const meta = { commandId: randomUUID(), nowMs: this.clock.now(), actor, reason: 'the first record' };
    const fixed = await this.execute({ type: 'FixOrganisation', data: {}, meta });
    if (isRefusal(fixed)) throw new Error(`the organisation could not be fixed: ${fixed.detail}`);
  }

  private execute(
    command: OrganisationCommand,
    options?: Precondition & { readonly isThere: () => boolean },
  ): Promise<Outcome<OrganisationCode | KernelCode>> {
    const inView = this.view.streamState;
    return this.commands.execute(organisation, 'organisation', command, { ...options, inView });
  }
}
