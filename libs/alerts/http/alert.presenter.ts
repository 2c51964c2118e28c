import type { KnownAlert } from '../domain/known-alert.js';

/** An alert as the API shows it: what it does not have is left out. */
export const toAlertResponse = ({
  alertId,
  type,
  groupId,
  userId,
  period,
  threshold,
  episode,
  severity,
  routing,
  state,
  raisedAt,
  acknowledgedAt,
  resolvedAt,
  resolvedBecause,
  muted,
  suppressedUntil,
  evidence,
  observedPosition,
}: KnownAlert) => ({
  id: alertId,
  type,
  ...given({ groupId, userId, period, threshold }),
  episode,
  severity,
  routing,
  state,
  raisedAt,
  ...given({ acknowledgedAt, resolvedAt, resolvedBecause, suppressedUntil }),
  muted,
  evidence,
  /** The log position the evidence was seen at. */
  evidencePosition: String(observedPosition),
});

const given = (fields: Readonly<Record<string, string | number | null>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
