import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { Fold } from '#event-sourcing/fold.js';
import { alertDecider } from '../domain/alert.js';
import { alertStreamOf } from '../domain/alert-key.js';
import { alertEvent } from '../domain/alerts.events.js';
import { AlertsView } from '../domain/alerts.view.js';
import { AcknowledgeAlert, GiveFeedback, ObserveAlert, ResolveAlert } from './alerts.commands.js';

const decider = { ...alertDecider, event: alertEvent };

/** On which stream what is said of an alert is decided, and on what. */
const streamOf = (alertId: string, view: AlertsView) => ({
  stream: alertStreamOf(alertId),
  inView: () => view.streamState(alertId),
});

const asSent = decidedBy(decider, [ObserveAlert, AcknowledgeAlert, GiveFeedback], [AlertsView], (command, view) => ({
  ...streamOf(command.data.alertId, view),
  command,
}));

const resolveAlert = decidedBy(
  decider,
  [ResolveAlert],
  [AlertsView, Fold],
  ({ data: { alertId }, meta }, view, { position }) => {
    const command = { type: 'ResolveAlert' as const, data: { alertId, position }, meta };
    return { ...streamOf(alertId, view), command };
  },
);

export const alertsHandlers = [...asSent, ...resolveAlert];
