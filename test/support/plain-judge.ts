import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import type { AdmissionRequest } from '#fan-out/domain/admission.js';
import type { Surroundings } from './admission-room.js';

/** A grant as somebody without any index would write it down. */
export interface PlainGrant {
  readonly groupId: string;
  readonly userId: string;
  readonly treeId: string;
  readonly depth: number;
  readonly items: number;
  readonly atMs: number;
  /** The grant above it, by its place in the list. */
  readonly parent: number | null;
  slots: number;
  /** The live grant above it, on one of whose slots it runs, by its place in the list. */
  lender: number | null;
  isLive: boolean;
  /** What is set aside and not spent. Micros. */
  heldMicros: number;
}

/** `code scope used+requested>limit` */
export type Finding = string;
const finding = <N extends number | bigint>(code: string, scope: string, used: N, requested: N, limit: N): Finding =>
  `${code} ${scope} ${String(used)}+${String(requested)}>${String(limit)}`;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const isIn = (scope: string, { groupId, userId }: Pick<PlainGrant, 'groupId' | 'userId'>): boolean =>
  ['organisation', `group:${groupId}`, `user:${userId}`].includes(scope);

/** Live slots of a scope: those of every live grant, and a slot that is lent within the scope once. */
export const slotsOf = (scope: string, grants: readonly PlainGrant[]): number => {
  const live = grants.filter((grant) => grant.isLive && isIn(scope, grant));
  const lent = live.filter(({ lender }) => lender !== null && isIn(scope, grants[lender]));
  return sum(live.map(({ slots }) => slots)) - lent.length;
};

/** Money that live grants have set aside, exact whatever its size. Micros. */
export const heldIn = (scope: string, grants: readonly PlainGrant[]): bigint =>
  grants
    .filter((grant) => grant.isLive && isIn(scope, grant))
    .reduce((all, { heldMicros }) => all + BigInt(heldMicros), 0n);

const itemsSince = (treeId: string, afterMs: number, grants: readonly PlainGrant[]): number =>
  sum(grants.filter((grant) => grant.treeId === treeId && grant.atMs > afterMs).map(({ items }) => items));

/** Whether a parent has a slot that nobody else runs on. */
export const hasSlotToLend = (parent: number | null, grants: readonly PlainGrant[]): boolean => {
  if (parent === null) return false;
  const borrowers = grants.filter((grant) => grant.isLive && grant.lender === parent);
  return borrowers.length < grants[parent].slots;
};

type Asked = Pick<AdmissionRequest, 'groupId' | 'userId' | 'items' | 'estimateMicros'> & {
  readonly parent: number | null;
  readonly treeId: string;
  readonly depth: number;
};

/** Every rule that binds, worked out from the list of grants and nothing else; money that only tells is among them. */
export const judge = (
  { groupId, userId, items, estimateMicros, parent, treeId, depth }: Asked,
  around: Surroundings,
  grants: readonly PlainGrant[],
  nowMs: number,
): readonly Finding[] => {
  const found: Finding[] = [];
  const bind = (
    code: string,
    scope: string,
    used: number,
    requested: number,
    limit: number | null | undefined,
  ): void => {
    if (limit !== null && limit !== undefined && used + requested > limit) {
      found.push(finding(code, scope, used, requested, limit));
    }
  };
  if (around.organisationPaused === true) found.push('organisationPaused organisation');
  if (around.groupPaused === true) found.push(`groupPaused group:${groupId}`);
  bind('itemsPerFanOut', 'fanOut', 0, items, around.itemsPerFanOut ?? 200);
  bind('treeDepth', `tree:${treeId}`, depth - 1, 1, around.treeDepth ?? 3);
  bind(
    'treeItems',
    `tree:${treeId}`,
    itemsSince(treeId, nowMs - millisecondsInDay, grants),
    items,
    around.treeItems ?? 1_000,
  );
  bind(
    'spawnRate',
    `tree:${treeId}`,
    itemsSince(treeId, nowMs - millisecondsInMinute, grants),
    items,
    around.spawnsPerMinute ?? 300,
  );
  for (const [code, scope, limit] of [
    ['organisationConcurrency', 'organisation', around.organisationConcurrency],
    ['groupConcurrency', `group:${groupId}`, around.groupConcurrency],
    ['userConcurrency', `user:${userId}`, around.userConcurrency],
  ] as const) {
    const sharesSlot = parent !== null && hasSlotToLend(parent, grants) && isIn(scope, grants[parent]);
    const used = slotsOf(scope, grants);
    // With a slot of the parent's there is one more than the limit seems to leave.
    if (typeof limit === 'number' && used + 1 - (sharesSlot ? 1 : 0) > limit) {
      found.push(finding(code, scope, used, 1, limit));
    }
  }
  const wanted = items * estimateMicros;
  const moved = parent !== null && grants[parent].groupId === groupId ? Math.min(grants[parent].heldMicros, wanted) : 0;
  if (moved < wanted) {
    for (const [code, scope, purse] of [
      ['groupCapExhausted', `group:${groupId}`, around.group],
      ['organisationCapExhausted', 'organisation', around.organisation],
    ] as const) {
      const { capMicros = null, spentMicros = 0 } = purse ?? {};
      if (capMicros === null) continue;
      const [used, limit] = [BigInt(spentMicros) + heldIn(scope, grants), BigInt(capMicros)];
      const requested = BigInt(wanted - moved);
      if (used + requested > limit) found.push(finding(code, scope, used, requested, limit));
    }
  }
  return found;
};
