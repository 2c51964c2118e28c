import { Query } from '@nestjs/cqrs';
import type { Reach } from '#kernel/reach.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import { type AsOf, asOf } from '#event-sourcing/as-of.js';
import { Fold } from '#event-sourcing/fold.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import type { AlertsCode } from '../domain/alerts.codes.js';
import type { KnownAlert } from '../domain/known-alert.js';
import { type AlertFilter, type AlertHistoryEntry, AlertsQueries } from './alert.query.js';

interface ListedAlerts {
  readonly alerts: readonly KnownAlert[];
  readonly asOf: AsOf;
}

/** Alerts, open and resolved in the last 13 months; those raised last come first. */
export class ListAlerts extends Query<ListedAlerts> {
  constructor(
    readonly filter: AlertFilter,
    readonly nowMs: number,
  ) {
    super();
  }
}

interface FoundAlert {
  readonly alert: KnownAlert;
  readonly asOf: AsOf;
}

/** One alert, if the caller may see it. */
export class GetAlert extends Query<FoundAlert | Refusal<AlertsCode>> {
  /** @param groups the only ones that the caller reaches; undefined: all */
  constructor(
    readonly alertId: string,
    readonly groups: Reach,
    readonly nowMs: number,
  ) {
    super();
  }
}

/** What happened to an alert in all its episodes, in order. */
export class GetAlertHistory extends Query<readonly AlertHistoryEntry[]> {
  constructor(readonly alertId: string) {
    super();
  }
}

const unknownAlert = refuse('unknownAlert', 'There is no alert with this id, or your key does not reach its group.');

export const alertsQueryHandlers = [
  answeredBy(ListAlerts, [AlertsQueries, Fold], async ({ filter, nowMs }, queries, fold) => {
    const at = asOf(fold, nowMs);
    return { alerts: await queries.list(filter), asOf: at };
  }),
  answeredBy(GetAlert, [AlertsQueries, Fold], ({ alertId, groups, nowMs }, queries, fold) => {
    const alert = queries.find(alertId, groups);
    return alert === undefined ? unknownAlert : { alert, asOf: asOf(fold, nowMs) };
  }),
  answeredBy(GetAlertHistory, [AlertsQueries], ({ alertId }, queries) => queries.history(alertId)),
];
