import { Command } from '@nestjs/cqrs';
import type { CommandMeta, CommandOf } from '#kernel/decider.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import type { OrganisationCode } from '../domain/organisation.codes.js';
import type { OrganisationSettings } from '../domain/settings.js';

type OrganisationOutcome = Outcome<OrganisationCode | KernelCode>;

/** Chooses name, currency, time zone, weekend, holidays and rules; what is left out stays. */
export class ConfigureOrganisation
  extends Command<OrganisationOutcome>
  implements CommandOf<'ConfigureOrganisation', OrganisationSettings>
{
  readonly type = 'ConfigureOrganisation';

  constructor(
    readonly data: OrganisationSettings,
    readonly meta: CommandMeta,
    readonly precondition?: Precondition,
  ) {
    super();
  }
}

/** Fixes currency and time zone, which the first record does. */
export class FixOrganisation
  extends Command<OrganisationOutcome>
  implements CommandOf<'FixOrganisation', Record<string, never>>
{
  readonly type = 'FixOrganisation';
  readonly data = {};

  constructor(readonly meta: CommandMeta) {
    super();
  }
}
