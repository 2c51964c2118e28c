import { z } from 'zod';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { isLimitsEvent, limits, type Limits } from './limits.events.js';
import { limitsDecider } from './limits.js';

const savedLimits = z.strictObject({
  scopes: z.array(z.tuple([z.string().nullable(), z.strictObject({ state: limits, revision: z.int() })])),
});

/** One scope: what is set, and the revision of the last change; -1 before the first. */
interface LimitsScope {
  readonly state: Limits;
  readonly revision: number;
}

const untouched: LimitsScope = { state: limitsDecider.initial, revision: -1 };

/** The limits of every scope; `groupId` null: the organisation. */
export class LimitsView extends View {
  readonly name = 'limits';
  readonly handles = ['LimitsSet'];
  readonly #scopes = new Map<string | null, LimitsScope>();

  apply(event: StoredEvent): void {
    if (!isLimitsEvent(event)) return;
    const { groupId } = event.data;
    const state = limitsDecider.evolve(this.scope(groupId).state, event);
    this.#scopes.set(groupId, { state, revision: event.revision });
  }

  scope = (groupId: string | null): LimitsScope => this.#scopes.get(groupId) ?? untouched;
  of = (groupId: string | null): Limits => this.scope(groupId).state;

  save(): object {
    return { scopes: [...this.#scopes] };
  }
  load(saved: object): void {
    for (const [groupId, known] of savedLimits.parse(saved).scopes) this.#scopes.set(groupId, known);
  }
}
