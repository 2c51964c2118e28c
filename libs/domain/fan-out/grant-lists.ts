import type { FanOutGranted } from './fan-out.events.js';
import { GrantOrder, type GrantPlace } from './grant-order.js';
import type { Lease } from './lease.js';

/** Whose fan-outs are listed: all, those of a group, or those that were asked for it and decided as of another. */
export type ListScope = 'organisation' | `group:${string}` | `asked:${string}`;

/** Which fan-outs there are and which of them are live, the latest first. */
export class GrantLists {
  readonly #known = new Map<ListScope, GrantOrder>();
  readonly #live = new Map<ListScope, GrantOrder>();

  /** @param leaseOf what is remembered of a fan-out */
  constructor(private readonly leaseOf: (fanOutId: string) => Lease | undefined) {}

  /** Ids from the latest grant on, or from behind a place. */
  *walk(scope: ListScope, isLive: boolean, after: GrantPlace | undefined): Generator<string, void> {
    yield* (isLive ? this.#live : this.#known).get(scope)?.walk(after) ?? [];
  }

  /** A fan-out that was granted no earlier than any before it. */
  add({ granted, state }: Lease): void {
    // Not the grant itself: it may be forgotten before its place is.
    const place = { atMs: granted.atMs, fanOutId: granted.fanOutId };
    for (const scope of listsOf(granted)) {
      listIn(this.#known, scope, this.isKnown).add(place);
      if (state === 'live') listIn(this.#live, scope, this.isLive).add(place);
    }
  }

  /** It is not live any more. */
  noteEnd(lease: Lease): void {
    drop(this.#live, lease);
  }

  /** Nothing is remembered of it any more. */
  noteForgotten(lease: Lease): void {
    drop(this.#known, lease);
  }

  private readonly isKnown = (fanOutId: string): boolean => this.leaseOf(fanOutId) !== undefined;
  private readonly isLive = (fanOutId: string): boolean => this.leaseOf(fanOutId)?.state === 'live';
}

const listIn = (
  lists: Map<ListScope, GrantOrder>,
  scope: ListScope,
  belongs: (fanOutId: string) => boolean,
): GrantOrder => {
  const known = lists.get(scope);
  if (known !== undefined) return known;
  const list = new GrantOrder(belongs);
  lists.set(scope, list);
  return list;
};

const drop = (lists: Map<ListScope, GrantOrder>, { granted }: Lease): void => {
  for (const scope of listsOf(granted)) {
    const list = lists.get(scope);
    list?.drop();
    if (list?.isEmpty === true) lists.delete(scope);
  }
};

const listsOf = ({ groupId, askedGroupId }: FanOutGranted['data']): readonly ListScope[] => [
  'organisation',
  `group:${groupId}`,
  ...(askedGroupId === groupId ? [] : [`asked:${askedGroupId}` as const]),
];
