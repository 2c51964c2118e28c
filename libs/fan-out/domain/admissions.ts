import { millisecondsInDay } from 'date-fns/constants';
import { unreachable } from '#kernel/decider.js';
import { addMicros, type Micros } from '#kernel/money.js';
import { type SavedAdmissions, savedAdmissions, savedLease } from './admissions.snapshot.js';
import type { FanOutEvent, FanOutGranted } from './fan-out.events.js';
import { GrantLists } from './grant-lists.js';
import { byEnd, heldBy, type Lease, leaseOf, requestKey, scopeOfGrant, scopesOf, spendsRequest } from './lease.js';
import { Loans } from './loans.js';
import { ScopeExpiries } from './scope-expiries.js';
import { ScopeUse } from './scope-use.js';
import { type TreePosition, TreePositions } from './tree-positions.js';
import { grownTree, itemsInTree, type Tree } from './tree.js';
import { UndoLog, TransactionalMap } from './transactional-map.js';

/** Ended leases are shown for so long, and records that come late find their group. */
const rememberedMs = 31 * millisecondsInDay;
/** Memory is bounded: beyond so many ended leases the oldest goes first. Its request id is still found in the log. */
const mostEnded = 100_000;

/** Everything that was granted, as the stream `admission` says, and what was metered with it. */
export class Admissions {
  /** Of the last event of the stream; -1 before the first. */
  revision = -1;
  /** Admission time: the latest instant an event was decided at. */
  lastMs = 0;
  readonly #undoLog = new UndoLog();
  readonly #leases = new TransactionalMap<string, Lease>(this.#undoLog);
  readonly #requests = new TransactionalMap<string, string>(this.#undoLog);
  readonly #use = new ScopeUse(this.#undoLog);
  readonly #loans = new Loans(this.#leases, this.#use);
  /** Outside of a try, in the order in which they last grew. */
  readonly #trees = new TransactionalMap<string, Tree>(this.#undoLog);
  readonly #positions = new TreePositions(this.#undoLog);
  readonly #expiries = new ScopeExpiries(this.#undoLog, (fanOutId, atMs) => this.live(fanOutId)?.expiresAtMs === atMs);
  /** In the order of their ends. */
  readonly #ended = new Set<string>();
  /** Outside of a try: which fan-outs there are, to be read in pages. */
  readonly lists = new GrantLists();

  constructor(private readonly endedKept = mostEnded) {}

  lease = (fanOutId: string): Lease | undefined => this.#leases.get(fanOutId);
  live = (fanOutId: string): Lease | undefined => {
    const lease = this.#leases.get(fanOutId);
    return lease?.state === 'live' ? lease : undefined;
  };

  /** The grant that has spent the request id of a scope, as long as it is remembered. */
  byRequest(scope: string, requestId: string, nowMs: number): Lease | undefined {
    const fanOutId = this.#requests.get(requestKey(scope, requestId));
    const lease = fanOutId === undefined ? undefined : this.#leases.get(fanOutId);
    return lease !== undefined && spendsRequest(lease, nowMs) ? lease : undefined;
  }

  /** Live slots of a scope. */
  slots = (scope: string): number => this.#use.slots(scope);
  /** Set aside in a group; `organisation` is all of them. */
  held = (scope: string): Micros => this.#use.held(scope);
  tree = (treeId: string): Tree => this.#trees.get(treeId) ?? [];
  /** Where a task stands that has been granted something before. */
  placeOf = (taskId: string): TreePosition | undefined => this.#positions.of(taskId);
  /** Whose fan-outs a task has asked for; nobody's if none is known. */
  groupsOfTask = (taskId: string): readonly string[] => this.#positions.groupsOf(taskId);

  /** When the next lease of a scope ends by itself, milliseconds since 1970. */
  nextExpiryMs = (scope: string): number | undefined => this.#expiries.nextMs(scope);

  /** Leases whose time has passed although nobody has noticed yet, in the order in which they end. */
  due = (nowMs: number): readonly string[] =>
    this.#expiries
      .due(nowMs)
      .flatMap((fanOutId) => this.live(fanOutId) ?? [])
      .sort(byEnd)
      .map(({ granted }) => granted.fanOutId);

  /** Decides on what would be, and leaves everything as it was. */
  speculate<T>(decide: (evolve: (event: FanOutEvent) => void) => T): T {
    return this.#undoLog.speculate(() =>
      decide((event) => {
        this.#evolve(event);
      }),
    );
  }

  /** Folds an event of the stream. One that was folded before changes nothing. */
  apply(event: FanOutEvent, revision: number): void {
    if (revision <= this.revision) return;
    this.revision = revision;
    this.lastMs = Math.max(this.lastMs, event.data.atMs);
    this.#evolve(event);
    if (event.type === 'FanOutGranted') this.#noteGrant(event.data);
    if (event.type === 'FanOutReleased' || event.type === 'FanOutExpired') this.#noteEnd(event.data.fanOutId);
    this.#forget(event.data.atMs);
  }

  /** Spend metered with the id of a fan-out draws its hold down, if it is charged to its group. Micros, may be negative. */
  meter(fanOutId: string, groupId: string, micros: number): void {
    const lease = this.#leases.get(fanOutId);
    if (lease?.granted.groupId !== groupId) return;
    this.#replace(lease, { ...lease, spentMicros: addMicros(lease.spentMicros, micros) });
  }

  /** JSON-native, for a snapshot. What is in it is replaced by the fold, never changed. */
  save(): SavedAdmissions {
    return {
      revision: this.revision,
      lastMs: this.lastMs,
      leases: Array.from(this.#leases.values(), savedLease),
      trees: [...this.#trees.entries()],
      places: this.#positions.save(),
      ended: [...this.#ended],
    };
  }

  /** Takes over what `save` gave; there must be nothing yet. Throws when it is something else. */
  load(saved: object): void {
    const { revision, lastMs, leases, trees, places, ended } = savedAdmissions.parse(saved);
    this.revision = revision;
    this.lastMs = lastMs;
    for (const [treeId, tree] of trees) this.#trees.set(treeId, tree);
    this.#positions.load(places);
    for (const lease of leases) {
      const { requestId, fanOutId } = lease.granted;
      this.#replace(undefined, lease);
      this.#requests.set(requestKey(scopeOfGrant(lease.granted), requestId), fanOutId);
      this.lists.add(lease);
      if (lease.state !== 'live') continue;
      this.#use.take(lease, lease.slots);
      this.#expiries.note(lease);
    }
    for (const lease of leases) this.#loans.count(lease);
    for (const fanOutId of ended) this.#ended.add(fanOutId);
  }

  #evolve(event: FanOutEvent): void {
    switch (event.type) {
      case 'FanOutGranted': {
        this.#grant(event.data);
        return;
      }
      case 'FanOutRenewed': {
        const { fanOutId, expiresAtMs, concurrency, remainingItems } = event.data;
        const lease = this.#leases.get(fanOutId);
        if (lease === undefined) return;
        this.#use.take(lease, concurrency - lease.slots);
        const renewed = { ...lease, slots: concurrency, remainingItems, expiresAtMs };
        this.#replace(lease, renewed);
        if (expiresAtMs !== lease.expiresAtMs) this.#expiries.note(renewed);
        return;
      }
      case 'FanOutReleased':
      case 'FanOutExpired': {
        this.#end(event.data.fanOutId, event);
        return;
      }
      default:
        return unreachable(event);
    }
  }

  #grant(granted: FanOutGranted['data']): void {
    const { fanOutId, parentFanOutId, movedMicros, borrowed, treeId, atMs, items, requestId } = granted;
    const { groupId, askedGroupId } = granted;
    const lease = leaseOf(granted);
    this.#replace(undefined, lease);
    this.#requests.set(requestKey(scopeOfGrant(granted), requestId), fanOutId);
    this.#trees.set(treeId, grownTree(this.tree(treeId), { atMs, items, groupId, askedGroupId }));
    this.#positions.add(granted);
    this.#use.take(lease, lease.slots);
    this.#expiries.note(lease);
    const parent = parentFanOutId === null ? undefined : this.live(parentFanOutId);
    if (parent === undefined) return;
    this.#replace(parent, { ...parent, holdMicros: parent.holdMicros - movedMicros });
    if (borrowed) this.#loans.lend(parent.granted.fanOutId, fanOutId);
  }

  #end(fanOutId: string, { type, data }: Extract<FanOutEvent, { type: 'FanOutReleased' | 'FanOutExpired' }>): void {
    const lease = this.live(fanOutId);
    if (lease === undefined) return;
    const { parentFanOutId } = lease.granted;
    const parent = parentFanOutId === null ? undefined : this.live(parentFanOutId);
    if (parent !== undefined) this.#replace(parent, { ...parent, holdMicros: parent.holdMicros + data.returnedMicros });
    this.#loans.end(lease);
    this.#use.take(lease, -lease.slots);
    const state = type === 'FanOutReleased' ? 'released' : 'expired';
    this.#replace(lease, { ...lease, state, slots: 0, lender: null, borrowers: [], endedAtMs: data.atMs });
  }

  #replace(before: Lease | undefined, after: Lease): void {
    this.#leases.set(after.granted.fanOutId, after);
    this.#use.hold(after, heldBy(after) - (before === undefined ? 0 : heldBy(before)));
  }

  #noteGrant({ fanOutId, treeId }: FanOutGranted['data']): void {
    const [lease, tree] = [this.#leases.get(fanOutId), this.tree(treeId)];
    if (lease !== undefined) this.lists.add(lease);
    this.#trees.delete(treeId);
    this.#trees.set(treeId, tree);
  }

  #noteEnd(fanOutId: string): void {
    const lease = this.#leases.get(fanOutId);
    if (lease === undefined || this.#ended.has(fanOutId)) return;
    this.#ended.add(fanOutId);
    this.lists.noteEnd(lease);
    for (const scope of Object.values(scopesOf(lease.granted))) {
      // Where something is always live, what has ended is dropped when it comes to the top.
      if (this.slots(scope) === 0) this.#expiries.forget(scope);
      else this.#expiries.nextMs(scope);
    }
  }

  #forget(nowMs: number): void {
    this.#forgetTrees(nowMs);
    for (const fanOutId of this.#ended) {
      const lease = this.#leases.get(fanOutId);
      const isOld = (lease?.endedAtMs ?? 0) < nowMs - rememberedMs;
      if (!isOld && this.#ended.size <= this.endedKept) return;
      this.#ended.delete(fanOutId);
      this.#leases.delete(fanOutId);
      if (lease !== undefined) this.#forgetLease(lease);
    }
  }

  #forgetTrees(nowMs: number): void {
    for (const [treeId, tree] of this.#trees.entries()) {
      if (itemsInTree(tree, nowMs) > 0) return;
      this.#trees.delete(treeId);
    }
  }

  #forgetLease(lease: Lease): void {
    const { requestId, fanOutId, taskId } = lease.granted;
    const request = requestKey(scopeOfGrant(lease.granted), requestId);
    this.lists.noteForgotten(lease);
    if (this.#requests.get(request) === fanOutId) this.#requests.delete(request);
    this.#positions.forget(taskId);
  }
}
