import { Injectable } from '@nestjs/common';
import { Views } from '../feed/views.js';
import type { Saga, SagaStep, Wake } from '../sagas/saga.js';
import { Caps } from './caps.js';

/**
 * Records the cap of this month for every group that has none yet, or whose basis or policy has changed. A cap that is
 * needed before is derived by whoever needs it: this saga only sees to it that it is written down.
 */
@Injectable()
export class DeriveCaps implements Saga {
  readonly name = 'deriveCaps';
  /** Groups whose basis has moved a little: they are looked at again on every tick. */
  private readonly waiting = new Set<string | null>();

  constructor(
    private readonly views: Views,
    private readonly caps: Caps,
  ) {}

  *due({ everything, groups, nowMs }: Wake): Iterable<SagaStep | undefined> {
    const period = this.views.calendar().periodOf(nowMs);
    for (const groupId of this.scopes(everything, groups)) {
      const dueAtMs = this.caps.dueAtMs(groupId, period);
      if (dueAtMs === undefined || dueAtMs <= nowMs) this.waiting.delete(groupId);
      else this.waiting.add(groupId);
      yield dueAtMs !== undefined && dueAtMs <= nowMs
        ? { about: groupId ?? 'the organisation', run: () => this.caps.record(groupId, period, nowMs) }
        : undefined;
    }
  }

  private *scopes(everything: boolean, groups: Wake['groups']): Iterable<string | null> {
    yield null;
    if (!everything) yield* new Set([...groups.keys(), ...this.waiting]);
    else for (const { groupId } of this.views.directory.groups()) yield groupId;
  }
}
