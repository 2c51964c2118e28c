import { z } from 'zod';
import { type CapPolicyState, capPolicyDecider } from './cap-policy.js';
import { capSettings, type CapsEvent, type DerivedCap, derivedCapEvent } from './caps.events.js';

/** What was recorded about the cap of one month. */
export type RecordedCap = DerivedCap & { readonly recordedAtMs: number };

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

export interface CapsView {
  apply(event: CapsEvent, revision: number, recordedAtMs: number): void;
  scope(groupId: string | null): CapScope;
  recorded(groupId: string | null, period: string): RecordedCap | undefined;
  /** Months with a recorded cap, in order. */
  periodsOf(groupId: string | null): readonly string[];
  save(): object;
  load(saved: object): void;
}

const untouched: CapScope = {
  state: capPolicyDecider.initial,
  revision: -1,
  isChosen: false,
  policyVersion: -1,
  firstShownAtMs: null,
};

/** Caps as they are chosen and as they were derived: a fold of the events of this capability. */
export const capsView = (): CapsView => {
  const scopes = new Map<string | null, CapScope>();
  const recorded = new Map<string | null, Map<string, RecordedCap>>();
  const scope = (groupId: string | null): CapScope => scopes.get(groupId) ?? untouched;
  const record = (cap: RecordedCap): void => {
    const months = recorded.get(cap.groupId) ?? new Map<string, RecordedCap>();
    recorded.set(cap.groupId, months.set(cap.period, cap));
  };

  return {
    apply(event, revision, recordedAtMs) {
      const { groupId } = event.data;
      const before = scope(groupId);
      if (event.type === 'CapDerived') {
        record({ ...event.data, recordedAtMs });
        const isFirst = before.firstShownAtMs === null && event.data.capMicros !== null;
        if (isFirst) scopes.set(groupId, { ...before, firstShownAtMs: recordedAtMs });
        return;
      }
      const isChoice = event.type === 'CapPolicySet';
      scopes.set(groupId, {
        ...before,
        state: capPolicyDecider.evolve(before.state, event),
        revision,
        isChosen: before.isChosen || isChoice,
        policyVersion: isChoice ? revision : before.policyVersion,
      });
    },
    scope,
    recorded: (groupId, period) => recorded.get(groupId)?.get(period),
    periodsOf: (groupId) => [...(recorded.get(groupId)?.keys() ?? [])].sort(),
    save: () => ({
      scopes: [...scopes],
      recorded: [...recorded.values()].flatMap((months) => [...months.values()]),
    }),
    load(saved) {
      const parsed = savedCaps.parse(saved);
      for (const [groupId, one] of parsed.scopes) scopes.set(groupId, one);
      parsed.recorded.forEach(record);
    },
  };
};

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
  recorded: z.array(derivedCapEvent.options[0].shape.data.extend({ recordedAtMs: z.number() })),
});
