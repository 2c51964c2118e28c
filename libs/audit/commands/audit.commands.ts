import { DueCommand } from '#event-sourcing/commands/due-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';

/** Seals the chain of hashes over the log as far as it goes in one piece, unless that is done already. */
export class SealAuditChain extends DueCommand<Record<string, never>, Outcome> {}
