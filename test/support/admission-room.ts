import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import {
  type Admission,
  type AdmissionCode,
  admit,
  type AdmissionRequest,
  end,
  expire,
  renew,
} from '#fan-out/domain/admission.js';
import { Admissions } from '#fan-out/domain/admissions.js';
import type { FanOutEvent } from '#fan-out/domain/fan-out.events.js';
import type { Lease } from '#fan-out/domain/lease.js';
import { type EffectiveLimits, effectiveLimits, noLimits } from '#fan-out/domain/limits.js';
import type { Budget, DenialReason, DecisionInputs } from '#fan-out/domain/rules.js';
import { isRefusal, type Refusal } from '#kernel/refusal.js';

/** A request that nothing speaks against: ten items of 100 micros each, all at once, for ten minutes. */
export const askWith = ({ taskId = 't-root', ...changes }: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  requestScope: changes.askedGroupId ?? changes.groupId ?? 'eng',
  requestId: `q-${String(++asked)}`,
  content: 'as it is',
  lastGrant: undefined,
  groupId: 'eng',
  askedGroupId: changes.groupId ?? 'eng',
  userId: 'ana',
  taskId,
  parentFanOutId: null,
  lineage: [taskId],
  items: 10,
  concurrency: changes.items ?? 10,
  estimateMicros: 100,
  estimateFrom: 'caller',
  skill: null,
  pattern: null,
  leaseMs: 10 * millisecondsInMinute,
  ...changes,
});
let asked = 0;

/** What a test says about the rest of the world: nothing is limited unless it says so. */
export interface Surroundings extends Partial<EffectiveLimits> {
  readonly group?: Partial<Budget>;
  readonly organisation?: Partial<Budget>;
}
const monthEndsMs = 20 * millisecondsInDay;
const noPurse: Budget = { capMicros: null, spentMicros: 0, enforces: true };

export const standingWith = ({ group, organisation, ...limits }: Surroundings = {}): DecisionInputs => ({
  limits: { ...effectiveLimits(noLimits, noLimits), ...limits },
  group: { ...noPurse, ...group },
  organisation: { ...noPurse, ...organisation },
  monthEndsMs,
  position: 7,
});

/** The stream of admissions by itself: decides, folds, and remembers what was decided. */
export const createAdmissionRoom = () => {
  const admissions = new Admissions();
  const events: FanOutEvent[] = [];
  const store = (event: FanOutEvent): void => {
    admissions.apply(event, events.length);
    events.push(event);
  };
  const expireUntil = (nowMs: number): void => {
    const ended: FanOutEvent[] = [];
    admissions.speculate((evolve) => {
      expire(admissions, nowMs, (event) => {
        evolve(event);
        ended.push(event);
      });
    });
    ended.forEach(store);
  };
  const ask = (
    changes: Partial<AdmissionRequest>,
    surroundings: Surroundings,
    nowMs: number,
  ): Admission | Refusal<AdmissionCode> => {
    expireUntil(nowMs);
    const admission = admit(askWith(changes), standingWith(surroundings), admissions, nowMs);
    if (!isRefusal(admission) && admission.decision === 'granted') store(admission.event);
    return admission;
  };
  const known = (fanOutId: string): Lease => {
    const lease = admissions.lease(fanOutId);
    if (lease === undefined) throw new Error(`${fanOutId} is not known`);
    return lease;
  };
  return {
    admissions,
    events: events as readonly FanOutEvent[],
    known,
    ask,
    expireUntil,
    /** A request that must be granted; answers its id. */
    grant(changes: Partial<AdmissionRequest> = {}, surroundings: Surroundings = {}, nowMs = 0): string {
      const admission = ask(changes, surroundings, nowMs);
      if (isRefusal(admission) || admission.decision !== 'granted') throw new Error(outcomeOf(admission, nowMs));
      return admission.event.data.fanOutId;
    },
    renew(
      fanOutId: string,
      {
        remainingItems,
        leaseMs = 10 * millisecondsInMinute,
      }: { readonly remainingItems?: number; readonly leaseMs?: number },
      nowMs: number,
      surroundings: Surroundings = {},
    ): Lease {
      expireUntil(nowMs);
      if (known(fanOutId).state !== 'live') throw new Error('a lease that has ended is not renewed');
      store(renew(known(fanOutId), { remainingItems, leaseMs }, standingWith(surroundings), admissions, nowMs));
      return known(fanOutId);
    },
    release(fanOutId: string, nowMs: number): FanOutEvent {
      expireUntil(nowMs);
      const event = end('FanOutReleased', known(fanOutId), admissions, nowMs);
      store(event);
      return event;
    },
  };
};
export type AdmissionRoom = ReturnType<typeof createAdmissionRoom>;

/** An outcome in a line, for tables. */
export const outcomeOf = (admission: Admission | Refusal<AdmissionCode>, nowMs: number): string => {
  if (isRefusal(admission)) return admission.code;
  if (admission.decision === 'repeated') return `repeated, ${admission.lease.state}`;
  const would = admission.wouldHaveDenied.map((reason) => `, would deny ${reasonLine(reason, nowMs)}`).join('');
  if (admission.decision === 'denied') return admission.reasons.map((one) => reasonLine(one, nowMs)).join(', ') + would;
  const { concurrency, heldMicros, movedMicros } = admission.event.data;
  const moved = movedMicros > 0 ? ` of which ${String(movedMicros)} moved` : '';
  return `granted ${String(concurrency)}, holds ${String(heldMicros)}${moved}${would}`;
};

const reasonLine = (
  { code, scope, limit, used, requested, retryAtMs, unsatisfiable }: DenialReason,
  nowMs: number,
): string =>
  [
    code,
    scope,
    ...(limit === null ? [] : [`${String(used)}+${String(requested)}>${String(limit)}`]),
    ...(retryAtMs === undefined ? [] : [`in ${String((retryAtMs - nowMs) / 1_000)} s`]),
    ...(unsatisfiable === true ? ['never'] : []),
  ].join(' ');
