/** The types of alerts there are. */
export const alertTypeNames = ['capThreshold', 'capPace', 'userShare', 'userRunaway'] as const;
export type AlertType = (typeof alertTypeNames)[number];

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const routings = ['digest', 'notify', 'page'] as const;
export type Routing = (typeof routings)[number];

/** What an alert of a type says, and what tells two of them apart. */
export interface AlertTypeRules {
  readonly hasUser: boolean;
  readonly hasPeriod: boolean;
  readonly hasThreshold: boolean;
  /**
   * Share of its bar below which the condition counts as gone. What can hover clears below 0.9 only. Spend against a
   * threshold falls by corrections alone, and a void that brings it back under the bar resolves at once.
   */
  readonly clearsBelow: number;
  /** From which threshold on it is how severe, mildest first; a type without thresholds has one step. */
  readonly severity: readonly (readonly [fromThreshold: number, severity: Severity])[];
}

const warning = [[0, 'warning']] as const;

/** One row per type. Severity and routing of a raised alert stand in its event: a change here changes no past. */
export const alertTypes: Readonly<Record<AlertType, AlertTypeRules>> = {
  capThreshold: {
    hasUser: false,
    hasPeriod: true,
    hasThreshold: true,
    clearsBelow: 1,
    severity: [
      [0, 'info'],
      [0.8, 'warning'],
      [1, 'critical'],
    ],
  },
  capPace: { hasUser: false, hasPeriod: true, hasThreshold: false, clearsBelow: 0.9, severity: warning },
  userShare: { hasUser: true, hasPeriod: true, hasThreshold: false, clearsBelow: 0.9, severity: warning },
  userRunaway: { hasUser: true, hasPeriod: false, hasThreshold: false, clearsBelow: 0.9, severity: warning },
};

/** Nobody is woken for spend: nothing here pages. */
const routingOf: Readonly<Record<Severity, Routing>> = { info: 'digest', warning: 'notify', critical: 'notify' };

/** @param threshold the share of the bar the alert is about, null for a type that has none */
export const importanceOf = (
  type: AlertType,
  threshold: number | null,
): { readonly severity: Severity; readonly routing: Routing } => {
  const reached = alertTypes[type].severity.findLast(([from]) => (threshold ?? 0) >= from);
  const severity = reached?.[1] ?? 'info';
  return { severity, routing: routingOf[severity] };
};
