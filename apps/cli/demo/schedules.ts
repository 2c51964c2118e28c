import { minutesInHour } from 'date-fns/constants';

/** Work that begins by the clock. */
export interface Schedule {
  readonly scheduleId: string;
  readonly groupId: string;
  /** The member, by place in the group, in whose name it runs. */
  readonly owner: number;
  readonly days: 'workdays' | 'everyDay' | 'mondays';
  /** Minutes after midnight in the fleet's zone. */
  readonly atMinute: number;
  readonly skill: string;
  /** Records of one run. */
  readonly steps: number;
  readonly batch: boolean;
}

type Row = readonly [
  scheduleId: string,
  groupId: string,
  owner: number,
  days: Schedule['days'],
  clock: string,
  skill: string,
  steps: number,
  batch?: 'batch',
];

const rows: readonly Row[] = [
  ['morning-alert-digest', 'platform', 0, 'workdays', '07:30', 'incident-triage', 4],
  ['dependency-sweep', 'platform', 3, 'mondays', '05:00', 'dependency-upgrade', 24, 'batch'],
  ['flaky-test-hunt', 'platform', 5, 'workdays', '21:00', 'write-tests', 8, 'batch'],
  ['capacity-report', 'platform', 2, 'mondays', '08:00', 'incident-triage', 6],
  ['ledger-reconcile-daily', 'payments', 1, 'workdays', '06:00', 'ledger-reconcile', 9],
  ['fraud-queue-prep', 'payments', 4, 'workdays', '07:00', 'fraud-review', 7],
  ['settlement-summary', 'payments', 0, 'mondays', '07:15', 'ledger-reconcile', 5],
  ['relevance-scorecard', 'search', 1, 'workdays', '06:30', 'query-analysis', 8, 'batch'],
  ['zero-hit-review', 'search', 6, 'workdays', '08:15', 'query-analysis', 4],
  ['index-drift-check', 'search', 2, 'mondays', '06:00', 'query-analysis', 10],
  ['crash-cluster', 'mobile', 0, 'workdays', '07:45', 'code-review', 6],
  ['store-review-scan', 'mobile', 7, 'workdays', '09:00', 'release-notes', 3],
  ['release-notes-draft', 'mobile', 3, 'mondays', '10:00', 'release-notes', 5],
  ['lead-enrichment', 'growth', 2, 'workdays', '05:30', 'lead-research', 12, 'batch'],
  ['campaign-report', 'growth', 0, 'mondays', '08:30', 'query-analysis', 7],
  ['competitor-watch', 'growth', 8, 'workdays', '06:45', 'lead-research', 5],
  ['ticket-backlog-triage', 'support', 1, 'workdays', '06:15', 'ticket-triage', 14, 'batch'],
  ['retry-failed-imports', 'support', 6, 'workdays', '07:10', 'ticket-triage', 2],
  ['answer-quality-sample', 'support', 4, 'workdays', '18:30', 'knowledge-lookup', 6, 'batch'],
  ['weekly-voice-of-customer', 'support', 0, 'mondays', '09:15', 'ticket-triage', 12],
  ['paper-digest-daily', 'research', 1, 'workdays', '05:45', 'paper-digest', 6, 'batch'],
  ['benchmark-watch', 'research', 5, 'workdays', '08:45', 'deep-research', 3],
  ['literature-sweep', 'research', 0, 'mondays', '04:30', 'deep-research', 16, 'batch'],
  ['nightly-link-check', 'docs', 2, 'everyDay', '02:30', 'doc-edit', 30],
  ['translation-refresh', 'docs', 0, 'workdays', '19:00', 'translate', 8, 'batch'],
];

export const schedules: readonly Schedule[] = rows.map(
  ([scheduleId, groupId, owner, days, clock, skill, steps, batch]) => ({
    scheduleId,
    groupId,
    owner,
    days,
    atMinute: Number(clock.slice(0, 2)) * minutesInHour + Number(clock.slice(3)),
    skill,
    steps,
    batch: batch === 'batch',
  }),
);
