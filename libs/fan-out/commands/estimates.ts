import { Injectable } from '@nestjs/common';
import { millisecondsInMinute } from 'date-fns/constants';
import { formatDay } from '#kernel/instants.js';
import type { FanOutGranted } from '../domain/fan-out.events.js';
import { maxRecordMicrosOn } from '#organisation/domain/organisation.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { TaskCosts } from '../domain/task-costs.js';
import { FanOutSettings } from '../fan-out.settings.js';

type Estimate = Pick<FanOutGranted['data'], 'estimateMicros' | 'estimateFrom'>;

/** A percentile goes through all tasks that are remembered, and moves slowly. */
const keptMs = millisecondsInMinute;
const estimatesAtHand = 10_000;

/**
 * What one item is expected to cost when the caller does not say: the 90th percentile of its skill's cost per task over
 * the last 28 days, else of its group's, else a default; without tasks that cost more than one record may. Micros.
 */
@Injectable()
export class Estimates {
  private readonly atHand = new Map<string, { readonly micros: number | undefined; readonly madeAtMs: number }>();

  constructor(
    private readonly organisation: OrganisationView,
    private readonly taskCosts: TaskCosts,
    private readonly settings: FanOutSettings,
  ) {}

  of(groupId: string, skill: string | null, nowMs: number): Estimate {
    const { taskCosts } = this;
    const bySkill =
      skill === null
        ? undefined
        : this.kept(`skill:${skill}`, nowMs, () => taskCosts.ofSkill(skill, nowMs, this.mostMicros(nowMs)));
    if (bySkill !== undefined) return { estimateMicros: bySkill, estimateFrom: 'skill' };
    const byGroup = this.kept(`group:${groupId}`, nowMs, () =>
      taskCosts.ofGroup(groupId, nowMs, this.mostMicros(nowMs)),
    );
    if (byGroup !== undefined) return { estimateMicros: byGroup, estimateFrom: 'group' };
    return { estimateMicros: this.settings.defaultItemCostMicros, estimateFrom: 'default' };
  }

  /** A task that costs more than one record may is no usual one: no other group is to be held to it. */
  private mostMicros(nowMs: number): number {
    return maxRecordMicrosOn(this.organisation.organisation(), formatDay(this.organisation.calendar().dayOf(nowMs)));
  }

  private kept(name: string, nowMs: number, make: () => number | undefined): number | undefined {
    const known = this.atHand.get(name);
    // Nothing is known of something new for a moment only.
    if (known?.micros !== undefined && nowMs - known.madeAtMs < keptMs) return known.micros;
    if (this.atHand.size >= estimatesAtHand) this.atHand.clear();
    const micros = make();
    this.atHand.set(name, { micros, madeAtMs: nowMs });
    return micros;
  }
}
