import type { KernelCode } from '#kernel/kernel.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { OrganisationCode } from '../domain/organisation.codes.js';
import type { OrganisationSettings } from '../domain/settings.js';

type OrganisationOutcome = Outcome<OrganisationCode | KernelCode>;

/** Chooses name, currency, time zone, weekend, holidays and rules; what is left out stays. */
export class ConfigureOrganisation extends DecidedCommand<OrganisationSettings, OrganisationOutcome> {
  readonly type = 'ConfigureOrganisation';
}

/** Fixes currency and time zone, which the first record does. */
export class FixOrganisation extends DecidedCommand<Record<string, never>, OrganisationOutcome> {
  readonly type = 'FixOrganisation';
}
