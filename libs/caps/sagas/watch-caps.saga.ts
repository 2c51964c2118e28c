import { Injectable } from '@nestjs/common';
import type { Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import type { AlertType } from '#alerts/domain/alert-types.js';
import { type CapCondition, thresholdConditions } from '../domain/cap-conditions.js';
import { isInRange, type SpendRange, steadyRange } from '../domain/thresholds.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { isolateFailure } from '#event-sourcing/sagas/isolate-failure.js';
import type { GroupMove, Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { Caps } from '../queries/caps.js';
import { CapAlerts, type WatchedCap } from './cap-alerts.js';

/**
 * Tells of thresholds that were reached. People wait for it, so it looks at nothing else; and of a group of which there
 * was nothing to tell it remembers how far spend may move until there is.
 */
@Injectable()
export class WatchCaps implements Saga {
  readonly name = 'watchCaps';
  readonly looksAt = 'groups';
  readonly tellsOf: ReadonlySet<AlertType> = new Set(['capThreshold']);
  private readonly quiet = new Map<string, { readonly period: Period; readonly range: SpendRange }>();

  constructor(
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly caps: Caps,
    private readonly alerts: CapAlerts,
  ) {}

  *due({ everything, groups, nowMs }: Wake): Iterable<SagaStep | undefined> {
    const period = this.organisation.calendar().periodOf(nowMs);
    yield* this.look(null, period, nowMs, 'more');
    if (everything) {
      for (const { groupId } of this.directory.groups()) yield* this.look(groupId, period, nowMs, 'more');
    } else for (const [groupId, move] of groups) yield* this.look(groupId, period, nowMs, move);
  }

  private look(groupId: string | null, period: Period, nowMs: number, move: GroupMove): Iterable<SagaStep | undefined> {
    return isolateFailure(groupId ?? 'the organisation', () =>
      groupId !== null && move === 'spend' && this.isQuiet(groupId, period)
        ? [undefined]
        : this.stepsFor(groupId, nowMs),
    );
  }

  private *stepsFor(groupId: string | null, nowMs: number): Iterable<SagaStep | undefined> {
    yield undefined;
    const watched = this.alerts.lookAt(groupId, this, nowMs);
    const conditions = watched.figures === undefined ? [] : thresholdConditions(watched.figures);
    const steps = this.alerts.steps(this, watched, conditions, nowMs);
    if (groupId !== null) this.noteQuiet(groupId, watched, steps.length === 0 && isAllTold(watched, conditions));
    yield* steps;
  }

  private isQuiet(groupId: string, period: Period): boolean {
    const known = this.quiet.get(groupId);
    return known?.period === period && isInRange(this.caps.spent(groupId, period), known.range);
  }

  private noteQuiet(groupId: string, { figures, period }: WatchedCap, isQuiet: boolean): void {
    if (!isQuiet || figures === undefined) {
      this.quiet.delete(groupId);
      return;
    }
    const { spentMicros, capMicros, settings } = figures;
    this.quiet.set(groupId, { period, range: steadyRange(spentMicros, capMicros, settings.thresholdsBasisPoints) });
  }
}

/** Not so for what was suppressed: that ends with time, not with spend. */
const isAllTold = ({ raised, period }: WatchedCap, conditions: readonly CapCondition[]): boolean => {
  const name = formatPeriod(period);
  return conditions.filter(({ holds }) => holds).length === raised.filter((alert) => alert.period === name).length;
};
