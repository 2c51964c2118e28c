import type { FanOutGranted } from './fan-out.events.js';
import { GrantOrder, type GrantCursor } from './grant-order.js';
import type { Lease } from './lease.js';

/** Whose fan-outs are listed: all, those of a group, or those that were asked for it and decided as of another. */
export type ListScope = 'organisation' | `group:${string}` | `asked:${string}`;

/** One object for all lists it is in: what becomes of the fan-out is told to it, and not looked for. */
interface ListedGrant extends GrantCursor {
  state: Lease['state'] | 'forgotten';
}
type Lists = Map<ListScope, GrantOrder<ListedGrant>>;

/** Which fan-outs there are and which of them are live, the latest first. */
export class GrantLists {
  readonly #grants = new Map<string, ListedGrant>();
  readonly #known: Lists = new Map();
  readonly #live: Lists = new Map();

  /** Ids of those in a state, or in any, from the latest grant on or from behind a place. */
  *walk(scope: ListScope, state: Lease['state'] | undefined, after: GrantCursor | undefined): Generator<string, void> {
    const grants = (state === 'live' ? this.#live : this.#known).get(scope)?.walk(after) ?? [];
    for (const grant of grants) if (state === undefined || grant.state === state) yield grant.fanOutId;
  }

  /** A fan-out that was granted no earlier than any before it. */
  add({ granted, state }: Lease): void {
    const { atMs, fanOutId } = granted;
    const grant = { atMs, fanOutId, state };
    this.#grants.set(fanOutId, grant);
    for (const scope of listsOf(granted)) {
      listIn(this.#known, scope, isKnown).add(grant);
      if (state === 'live') listIn(this.#live, scope, isLive).add(grant);
    }
  }

  /** It is not live any more. */
  noteEnd(lease: Lease): void {
    this.#note(lease, lease.state);
    drop(this.#live, lease);
  }

  /** Nothing is remembered of it any more. */
  noteForgotten(lease: Lease): void {
    this.#note(lease, 'forgotten');
    this.#grants.delete(lease.granted.fanOutId);
    drop(this.#known, lease);
  }

  #note({ granted }: Lease, state: ListedGrant['state']): void {
    const grant = this.#grants.get(granted.fanOutId);
    if (grant !== undefined) grant.state = state;
  }
}

const isKnown = ({ state }: ListedGrant): boolean => state !== 'forgotten';
const isLive = ({ state }: ListedGrant): boolean => state === 'live';

const listIn = (lists: Lists, scope: ListScope, belongs: (grant: ListedGrant) => boolean): GrantOrder<ListedGrant> => {
  const known = lists.get(scope);
  if (known !== undefined) return known;
  const list = new GrantOrder(belongs);
  lists.set(scope, list);
  return list;
};

const drop = (lists: Lists, { granted }: Lease): void => {
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
