import type { KernelCode } from '#kernel/kernel.codes.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { AccessCode } from '../domain/access.codes.js';
import type { NamedApiKey, NewApiKey } from '../domain/api-key.js';

/** Makes an API key. Its groups and its source are normalised, or refused with `invalidId`. */
export class CreateApiKey extends DecidedCommand<NewApiKey, Outcome<AccessCode | KernelCode | DirectoryCode>> {
  readonly type = 'CreateApiKey';
}

/** Ends an API key for ever. The last owner key that works is refused with `lastOwnerKey`. */
export class RevokeApiKey extends DecidedCommand<NamedApiKey, Outcome<AccessCode | KernelCode>> {
  readonly type = 'RevokeApiKey';
}
