import { addMicros, type Micros } from '#kernel/money.js';
import type { Admissions } from './admissions.js';
import type { DenialCode } from './fan-out.events.js';
import { type Lease, transferable, movableAtBest, scopesOf } from './lease.js';
import type { EffectiveLimits } from './limits.js';
import { fitsAtMs, itemsInLastMinute, itemsInTree, treeWindows } from './tree.js';

/** Why a request is denied: which rule, where, and the numbers it is made of. Money in micros. */
export interface DenialReason {
  readonly code: DenialCode;
  /** `organisation`, `group:<id>`, `user:<id>`, `tree:<root task>` or `fanOut`. */
  readonly scope: string;
  /** Null: it is not about numbers. */
  readonly limit: number | null;
  readonly used: Micros | null;
  readonly requested: number | null;
  /** When it may be worth asking again, as far as time or the end of a lease helps. */
  readonly retryAtMs?: number;
  /** It can never fit as it is. */
  readonly unsatisfiable?: true;
}

/** The money of one scope in the month of now. Micros. */
export interface Budget {
  readonly capMicros: number | null;
  readonly spentMicros: Micros;
  readonly enforces: boolean;
}

/** What a decision looks at that comes from other streams, as of one log position. */
export interface DecisionInputs {
  readonly limits: EffectiveLimits;
  readonly group: Budget;
  readonly organisation: Budget;
  /** When the next month begins, milliseconds since 1970. */
  readonly monthEndsMs: number;
  readonly position: number;
}

/** One request, with everything that is known about where it stands. */
export interface Request {
  readonly groupId: string;
  readonly userId: string;
  readonly items: number;
  readonly treeId: string;
  readonly depth: number;
  readonly parent: Lease | undefined;
  readonly heldMicros: number;
  readonly nowMs: number;
}

type Rule = (request: Request, standing: DecisionInputs, admissions: Admissions) => DenialReason | undefined;

/** Whether the parent has a slot to lend to one more child. */
export const canBorrow = (parent: Lease | undefined): boolean =>
  parent !== undefined && parent.borrowers.length < parent.slots;

/** Slots of a scope that the request could take; a slot of the parent's counts where both are. */
export const slotsLeft = (
  scope: string,
  limit: number | null,
  { parent }: Pick<Request, 'parent'>,
  admissions: Admissions,
): number => {
  if (limit === null) return Infinity;
  return limit - admissions.slots(scope) + (isIn(scope, parent) && canBorrow(parent) ? 1 : 0);
};

const isIn = (scope: string, lease: Lease | undefined): lease is Lease =>
  lease !== undefined && Object.values<string>(scopesOf(lease.granted)).includes(scope);

/** When a slot may come free by itself: a lease of the scope ends, or one that the parent has lent a slot, wherever it is. */
const nextSlotMs = (scope: string, parent: Lease | undefined, admissions: Admissions): number | undefined => {
  const nextMs = admissions.nextExpiryMs(scope);
  if (nextMs === undefined || !isIn(scope, parent)) return nextMs;
  return Math.min(nextMs, ...parent.borrowers.flatMap((fanOutId) => admissions.live(fanOutId)?.expiresAtMs ?? []));
};

const concurrencyRule =
  (
    code: DenialCode,
    scopeOf: (request: Request) => string,
    limitOf: (limits: EffectiveLimits) => number | null,
  ): Rule =>
  (request, { limits }, admissions) => {
    const limit = limitOf(limits);
    const scope = scopeOf(request);
    if (limit === null || slotsLeft(scope, limit, request, admissions) >= 1) return undefined;
    const reason = { code, scope, limit, used: admissions.slots(scope), requested: 1 };
    return limit === 0
      ? { ...reason, unsatisfiable: true }
      : withRetry(reason, nextSlotMs(scope, request.parent, admissions));
  };

const moneyRule =
  (code: DenialCode, scopeOf: (request: Request) => string, budgetOf: (standing: DecisionInputs) => Budget): Rule =>
  (request, standing, admissions) => {
    const { capMicros, spentMicros } = budgetOf(standing);
    if (capMicros === null) return undefined;
    const scope = scopeOf(request);
    const used = addMicros(spentMicros, admissions.held(scope));
    // What comes out of the parent's hold is in use already.
    const moved = transferable(request.parent, request.groupId, request.heldMicros);
    const requested = request.heldMicros - moved;
    // Nothing new is set aside for a child that its parent pays for in full, even when spend has passed the cap.
    if (addMicros(used, requested) <= capMicros || (requested === 0 && moved > 0)) return undefined;
    const reason = { code, scope, limit: capMicros, used, requested };
    const atLeast = request.heldMicros - movableAtBest(request.parent, request.groupId, request.heldMicros);
    if (atLeast > capMicros) return { ...reason, unsatisfiable: true };
    const isPaidForLater = atLeast === 0 && requested > 0;
    const isHeldUp = isPaidForLater || addMicros(spentMicros, atLeast) <= capMicros;
    return withRetry(reason, isHeldUp ? admissions.nextExpiryMs(scope) : standing.monthEndsMs);
  };

const pauseRule =
  (code: DenialCode, scopeOf: (request: Request) => string, isPaused: (limits: EffectiveLimits) => boolean): Rule =>
  (request, { limits }) =>
    isPaused(limits) ? { code, scope: scopeOf(request), limit: null, used: null, requested: null } : undefined;

const organisation = (): string => 'organisation';
const group = ({ groupId }: Request): string => `group:${groupId}`;
const user = ({ userId }: Request): string => `user:${userId}`;

const itemsPerFanOut: Rule = ({ items }, { limits: { itemsPerFanOut: limit } }) =>
  items <= limit
    ? undefined
    : { code: 'itemsPerFanOut', scope: 'fanOut', limit, used: 0, requested: items, unsatisfiable: true };

const treeDepth: Rule = ({ depth, treeId }, { limits: { treeDepth: limit } }) =>
  depth <= limit
    ? undefined
    : { code: 'treeDepth', scope: `tree:${treeId}`, limit, used: depth - 1, requested: 1, unsatisfiable: true };

const treeItems: Rule = ({ items, treeId, nowMs }, { limits: { treeItems: limit } }, admissions) => {
  const tree = admissions.tree(treeId);
  const used = itemsInTree(tree, nowMs);
  if (used + items <= limit) return undefined;
  const reason = { code: 'treeItems', scope: `tree:${treeId}`, limit, used, requested: items } as const;
  const retryAtMs = fitsAtMs(tree, items, { limit, windowMs: treeWindows.day, nowMs });
  return retryAtMs === undefined ? { ...reason, unsatisfiable: true } : { ...reason, retryAtMs };
};

const spawnRate: Rule = ({ items, treeId, nowMs }, { limits: { spawnsPerMinute: limit } }, admissions) => {
  const tree = admissions.tree(treeId);
  const used = itemsInLastMinute(tree, nowMs);
  if (used + items <= limit) return undefined;
  const reason = { code: 'spawnRate', scope: `tree:${treeId}`, limit, used, requested: items } as const;
  const retryAtMs = fitsAtMs(tree, items, { limit, windowMs: treeWindows.minute, nowMs });
  return retryAtMs === undefined ? { ...reason, unsatisfiable: true } : { ...reason, retryAtMs };
};

const withRetry = (reason: DenialReason, retryAtMs: number | undefined): DenialReason =>
  retryAtMs === undefined ? reason : { ...reason, retryAtMs };

/** Rules that deny whatever the enforcement is. All are asked, so that the answer names every one that binds. */
export const rules: readonly Rule[] = [
  pauseRule('organisationPaused', organisation, (limits) => limits.organisationPaused),
  pauseRule('groupPaused', group, (limits) => limits.groupPaused),
  itemsPerFanOut,
  treeDepth,
  treeItems,
  spawnRate,
  concurrencyRule('organisationConcurrency', organisation, (limits) => limits.organisationConcurrency),
  concurrencyRule('groupConcurrency', group, (limits) => limits.groupConcurrency),
  concurrencyRule('userConcurrency', user, (limits) => limits.userConcurrency),
];

/** Rules about money: they deny under `enforce`, and else only say what they would have done. */
export const moneyRules: readonly { readonly rule: Rule; readonly budgetOf: (standing: DecisionInputs) => Budget }[] = [
  { budgetOf: ({ group: budget }: DecisionInputs) => budget, code: 'groupCapExhausted' as const, scopeOf: group },
  {
    budgetOf: ({ organisation: budget }: DecisionInputs) => budget,
    code: 'organisationCapExhausted' as const,
    scopeOf: organisation,
  },
].map(({ budgetOf, code, scopeOf }) => ({ budgetOf, rule: moneyRule(code, scopeOf, budgetOf) }));
