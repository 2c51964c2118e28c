import { z } from 'zod';
import { limits, type Limits, type LimitsEvent } from './limits.events.js';
import { noLimits } from './limits.js';

const savedLimits = z.strictObject({
  scopes: z.array(z.tuple([z.string().nullable(), z.strictObject({ limits, revision: z.int() })])),
});

/** The limits of every scope; `groupId` null: the organisation. */
export const limitsView = () => {
  const scopes = new Map<string | null, { readonly limits: Limits; readonly revision: number }>();
  return {
    apply({ data }: LimitsEvent, revision: number): void {
      scopes.set(data.groupId, { limits: data.limits, revision });
    },
    of: (groupId: string | null): Limits => scopes.get(groupId)?.limits ?? noLimits,
    /** Of the last change; -1 before the first. */
    revisionOf: (groupId: string | null): number => scopes.get(groupId)?.revision ?? -1,
    save: () => ({ scopes: [...scopes] }),
    load(saved: object): void {
      scopes.clear();
      for (const [groupId, known] of savedLimits.parse(saved).scopes) scopes.set(groupId, known);
    },
  };
};
