import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import type { AlertsCode } from '../domain/alerts.codes.js';
import { alertDecider } from '../domain/alert.js';
import type { AlertCommand, GiveFeedback } from '../domain/alert.js';
import { alertIdOf, alertStreamOf } from '../domain/alert-key.js';
import { alertEvent } from '../domain/alerts.events.js';
import { AlertsView } from '../domain/alerts.view.js';
import type { Observation } from '../domain/observation.js';
import { Fold } from '#event-sourcing/fold.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';

const alert = { ...alertDecider, event: alertEvent };

/** What sagas and people say about alerts. */
@Injectable()
export class AlertsCommands {
  constructor(
    private readonly commands: Commands,
    private readonly fold: Fold,
    private readonly view: AlertsView,
  ) {}

  /**
   * Tells what was seen of a condition at a log position. The id of the command comes from what it means, therefore it
   * does not matter how many processes see the same.
   *
   * @param actor who looked: `system:<saga>`
   */
  observe(data: Observation, nowMs: number, actor: string): Promise<Outcome<AlertsCode>> {
    const alertId = alertIdOf(data);
    const verdict = data.holds ? 'holds' : data.clears ? 'clears' : 'between';
    const commandId = `observe:${alertId}:${String(data.position)}:${verdict}`;
    const meta = { commandId, nowMs, actor, reason: '' };
    return this.execute({ type: 'ObserveAlert', data: { ...data, alertId }, meta });
  }

  acknowledge(alertId: string, meta: CommandMeta): Promise<Outcome<AlertsCode>> {
    return this.execute({ type: 'AcknowledgeAlert', data: { alertId }, meta });
  }

  resolve(alertId: string, meta: CommandMeta): Promise<Outcome<AlertsCode>> {
    return this.execute({ type: 'ResolveAlert', data: { alertId, position: this.fold.position }, meta });
  }

  giveFeedback(data: GiveFeedback['data'], meta: CommandMeta): Promise<Outcome<AlertsCode>> {
    return this.execute({ type: 'GiveFeedback', data, meta });
  }

  private execute(command: AlertCommand): Promise<Outcome<AlertsCode>> {
    const { alertId } = command.data;
    const inView = () => this.view.streamState(alertId);
    return this.commands.execute(alert, alertStreamOf(alertId), command, { inView });
  }
}
