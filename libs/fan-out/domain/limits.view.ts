import { z } from 'zod';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { isLimitsEvent, limits, type Limits } from './limits.events.js';
import { noLimits } from './limits.js';

const savedLimits = z.strictObject({
  scopes: z.array(z.tuple([z.string().nullable(), z.strictObject({ limits, revision: z.int() })])),
});

/** The limits of every scope; `groupId` null: the organisation. */
export class LimitsView extends View {
  readonly name = 'limits';
  readonly handles = ['LimitsSet'];
  readonly #scopes = new Map<string | null, { readonly limits: Limits; readonly revision: number }>();

  apply(event: StoredEvent): void {
    if (!isLimitsEvent(event)) return;
    this.#scopes.set(event.data.groupId, { limits: event.data.limits, revision: event.revision });
  }

  of = (groupId: string | null): Limits => this.#scopes.get(groupId)?.limits ?? noLimits;
  /** Of the last change; -1 before the first. */
  revisionOf = (groupId: string | null): number => this.#scopes.get(groupId)?.revision ?? -1;

  save(): object {
    return { scopes: [...this.#scopes] };
  }
  load(saved: object): void {
    for (const [groupId, known] of savedLimits.parse(saved).scopes) this.#scopes.set(groupId, known);
  }
}
