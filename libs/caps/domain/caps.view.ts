import { z } from 'zod';
import { groupChanges } from '#directory/domain/directory.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { type StreamState, View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { type CapPolicyState, capPolicyDecider } from './cap-policy.js';
import { capSettings, capsEventTypes, type DerivedCap, derivedCapEvent, isCapsEvent } from './caps.events.js';

/** What was recorded about the cap of one month, and the revision of its stream. */
export type RecordedCap = DerivedCap & { readonly recordedAtMs: number; readonly revision: number };

/** One scope: how it is governed, and the caps derived for it. */
export interface CapScope {
  readonly state: CapPolicyState;
  /** Revision of the policy's stream, which is the version of the policy; -1 while nobody has chosen anything. */
  readonly revision: number;
  /** Whether somebody has set a policy: an organisation has a cap only then. */
  readonly isChosen: boolean;
  /** Revision of the last choice of settings; top-ups do not change it. */
  readonly policyVersion: number;
  /** When Bursar first showed a cap, milliseconds since 1970. */
  readonly firstShownAtMs: number | null;
}

const untouched: CapScope = {
  state: capPolicyDecider.initial,
  revision: -1,
  isChosen: false,
  policyVersion: -1,
  firstShownAtMs: null,
};

/** Caps as they are chosen and as they were derived: a fold of the events of this capability. */
export class CapsView extends View {
  readonly name = 'caps';
  readonly handles = capsEventTypes;
  readonly #scopes = new Map<string | null, CapScope>();
  readonly #recorded = new Map<string | null, Map<string, RecordedCap>>();

  apply(event: StoredEvent, at: FoldContext): void {
    if (!isCapsEvent(event)) return;
    const { groupId } = event.data;
    if (groupId !== null) at.changes.add(groupChanges, groupId);
    const before = this.scope(groupId);
    if (event.type === 'CapDerived') {
      const { recordedAtMs, revision } = event;
      this.#record({ ...event.data, recordedAtMs, revision });
      const isFirst = before.firstShownAtMs === null && event.data.capMicros !== null;
      if (isFirst) this.#scopes.set(groupId, { ...before, firstShownAtMs: event.recordedAtMs });
      return;
    }
    const isChoice = event.type === 'CapPolicySet';
    this.#scopes.set(groupId, {
      ...before,
      state: capPolicyDecider.evolve(before.state, event),
      revision: event.revision,
      isChosen: before.isChosen || isChoice,
      policyVersion: isChoice ? event.revision : before.policyVersion,
    });
  }

  /** @param groupId null: the organisation */
  scope = (groupId: string | null): CapScope => this.#scopes.get(groupId) ?? untouched;
  recorded = (groupId: string | null, period: string): RecordedCap | undefined =>
    this.#recorded.get(groupId)?.get(period);
  /** What is decided on when the cap of the month is recorded again. */
  recordedState(groupId: string | null, period: string): StreamState<DerivedCap | undefined> | undefined {
    const state = this.recorded(groupId, period);
    return state && { state, revision: state.revision };
  }
  /** Months with a recorded cap, in order. */
  periodsOf = (groupId: string | null): readonly string[] => [...(this.#recorded.get(groupId)?.keys() ?? [])].sort();

  save(): object {
    return {
      scopes: [...this.#scopes],
      recorded: [...this.#recorded.values()].flatMap((months) => [...months.values()]),
    };
  }
  load(saved: object): void {
    const { scopes, recorded } = savedCaps.parse(saved);
    for (const [groupId, one] of scopes) this.#scopes.set(groupId, one);
    for (const cap of recorded) this.#record(cap);
  }

  #record(cap: RecordedCap): void {
    const months = this.#recorded.get(cap.groupId) ?? new Map<string, RecordedCap>();
    this.#recorded.set(cap.groupId, months.set(cap.period, cap));
  }
}

const savedCaps = z.strictObject({
  scopes: z.array(
    z.tuple([
      z.string().nullable(),
      z.strictObject({
        state: z.strictObject({ settings: capSettings, topUps: z.record(z.string(), z.int()) }),
        revision: z.int(),
        isChosen: z.boolean(),
        policyVersion: z.int(),
        firstShownAtMs: z.number().nullable(),
      }),
    ]),
  ),
  recorded: z.array(derivedCapEvent.options[0].shape.data.extend({ recordedAtMs: z.number(), revision: z.int() })),
});
