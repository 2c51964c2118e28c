import { Query } from '@nestjs/cqrs';
import type { Refusal } from '#kernel/refusal.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import { type EffectiveLimits, effectiveLimits } from '../domain/limits.js';
import type { Limits } from '../domain/limits.events.js';
import { LimitsView } from '../domain/limits.view.js';

/** What is set for a scope, as of which revision of it (-1: nothing yet), and what is in effect. */
export interface LimitsInForce {
  readonly set: Limits;
  readonly revision: number;
  readonly effective: EffectiveLimits;
}

/** What the fan-outs of a group, or of the organisation (null), are held to. */
export class GetLimits extends Query<LimitsInForce | Refusal<DirectoryCode>> {
  constructor(readonly groupId: string | null) {
    super();
  }
}

export const limitsQueryHandlers = [
  answeredBy(GetLimits, [DirectoryView, LimitsView], ({ groupId }, directory, limits) => {
    if (!directory.hasScope(groupId)) return unknownGroup;
    const { state: set, revision } = limits.scope(groupId);
    return { set, revision, effective: effectiveLimits(limits.of(null), set) };
  }),
];
