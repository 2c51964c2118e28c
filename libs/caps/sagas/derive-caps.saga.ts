import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Period } from '#kernel/days.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { isolateFailure } from '#event-sourcing/sagas/isolate-failure.js';
import type { Saga, SagaStep, Wake } from '#event-sourcing/sagas/saga.js';
import { RecordCap } from '../commands/caps.commands.js';
import { Caps } from '../queries/caps.js';

/**
 * Records the cap of this month for every group that has none yet, or whose basis or policy has changed. A cap that is
 * needed before is derived by whoever needs it: this saga only sees to it that it is written down.
 */
@Injectable()
export class DeriveCaps implements Saga {
  readonly name = 'deriveCaps';
  readonly looksAt = 'groups';
  /** Groups whose basis has moved a little, and when that is to be recorded. */
  private readonly dueAtMs = new Map<string | null, number>();

  constructor(
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly caps: Caps,
    private readonly bus: CommandBus,
  ) {}

  *due({ everything, groups, nowMs }: Wake): Iterable<SagaStep | undefined> {
    const period = this.organisation.calendar().periodOf(nowMs);
    for (const groupId of this.scopes(everything, groups, nowMs)) {
      yield* isolateFailure(groupId ?? 'the organisation', () => [this.stepFor(groupId, period, nowMs)]);
    }
  }

  private stepFor(groupId: string | null, period: Period, nowMs: number): SagaStep | undefined {
    const dueAtMs = this.caps.dueAtMs(groupId, period);
    if (dueAtMs === undefined || dueAtMs <= nowMs) this.dueAtMs.delete(groupId);
    else this.dueAtMs.set(groupId, dueAtMs);
    if (dueAtMs === undefined || dueAtMs > nowMs) return undefined;
    return {
      about: groupId ?? 'the organisation',
      run: () => this.bus.execute(new RecordCap({ groupId, period }, nowMs)),
    };
  }

  private *scopes(everything: boolean, groups: Wake['groups'], nowMs: number): Iterable<string | null> {
    yield null;
    if (everything) for (const { groupId } of this.directory.groups()) yield groupId;
    else {
      yield* groups.keys();
      for (const [groupId, dueAtMs] of this.dueAtMs) if (dueAtMs <= nowMs && !groups.has(groupId ?? '')) yield groupId;
    }
  }
}
