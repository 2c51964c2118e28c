import type { Period } from '#kernel/days.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import { DueCommand } from '#event-sourcing/commands/due-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { CapChoice, TopUp } from '../domain/cap-policy.js';
import type { CapsCode } from '../domain/caps.codes.js';

type CapPolicyOutcome = Outcome<CapsCode | DirectoryCode | KernelCode>;

/** Chooses how the cap of a group, or of the organisation (null), is made and what happens at it. */
export class SetCapPolicy extends DecidedCommand<CapChoice, CapPolicyOutcome> {
  readonly type = 'SetCapPolicy';
}

/** Adds an amount to the cap of one month, with a reason. */
export class TopUpCap extends DecidedCommand<TopUp, CapPolicyOutcome> {
  readonly type = 'TopUpCap';
}

/** Which cap: of a group, or of the organisation (null), in one month. */
interface CapOfMonth {
  readonly groupId: string | null;
  readonly period: Period;
}

/** Records what the cap of a month is derived to, for whoever asks why, unless that is recorded already. */
export class RecordCap extends DueCommand<CapOfMonth, Outcome> {}
