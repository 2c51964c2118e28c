/** The types of alerts there are. */
export const alertTypeNames = ['capThreshold', 'capPace', 'userShare', 'userRunaway'] as const;
export type AlertType = (typeof alertTypeNames)[number];

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const routings = ['digest', 'notify', 'page'] as const;
export type Routing = (typeof routings)[number];

/** From which threshold on an alert is how severe, mildest first; a type without thresholds has one step. */
type SeveritySteps = readonly (readonly [fromThreshold: number, severity: Severity])[];

const warning: SeveritySteps = [[0, 'warning']];

/**
 * One row per type. Severity and routing of a raised alert stand in its event: a change here changes no past. When a
 * condition holds, and when it is false enough to resolve, is said by whoever observes it.
 */
const severitySteps: Readonly<Record<AlertType, SeveritySteps>> = {
  capThreshold: [
    [0, 'info'],
    [0.8, 'warning'],
    [1, 'critical'],
  ],
  capPace: warning,
  userShare: warning,
  userRunaway: warning,
};

/** Nobody is woken for spend: nothing here pages. */
const routingOf: Readonly<Record<Severity, Routing>> = { info: 'digest', warning: 'notify', critical: 'notify' };

/** @param threshold the share of the bar the alert is about, null for a type that has none */
export const importanceOf = (
  type: AlertType,
  threshold: number | null,
): { readonly severity: Severity; readonly routing: Routing } => {
  const reached = severitySteps[type].findLast(([from]) => (threshold ?? 0) >= from);
  const severity = reached?.[1] ?? 'info';
  return { severity, routing: routingOf[severity] };
};
