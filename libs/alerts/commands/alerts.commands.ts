import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { AlertFeedback, NamedAlert, ObservedAlert } from '../domain/alert.js';
import { alertIdOf } from '../domain/alert-key.js';
import type { AlertsCode } from '../domain/alerts.codes.js';
import type { Observation } from '../domain/observation.js';

type AlertOutcome = Outcome<AlertsCode>;

/**
 * Tells what was seen of a condition at a log position. The id of the command comes from what it means, therefore it does
 * not matter how many processes see the same.
 */
export class ObserveAlert extends DecidedCommand<ObservedAlert, AlertOutcome> {
  readonly type = 'ObserveAlert';

  /** @param actor who looked: `system:<saga>` */
  constructor(seen: Observation, nowMs: number, actor: string) {
    const alertId = alertIdOf(seen);
    const verdict = seen.holds ? 'holds' : seen.clears ? 'clears' : 'between';
    const commandId = `observe:${alertId}:${String(seen.position)}:${verdict}`;
    super({ ...seen, alertId }, { commandId, nowMs, actor, reason: '' });
  }
}

/** A person has seen it. */
export class AcknowledgeAlert extends DecidedCommand<NamedAlert, AlertOutcome> {
  readonly type = 'AcknowledgeAlert';
}

/** A person says that it is over. It is muted until the condition has been false once. */
export class ResolveAlert extends DecidedCommand<NamedAlert, AlertOutcome> {
  readonly type = 'ResolveAlert';
}

/** A person says what it was worth. */
export class GiveFeedback extends DecidedCommand<AlertFeedback, AlertOutcome> {
  readonly type = 'GiveFeedback';
}
