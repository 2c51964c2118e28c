import type { FanOutGranted } from './fan-out.events.js';
import { type UndoLog, TransactionalMap } from './transactional-map.js';

/** Where a task stands that has asked. */
export interface TreePosition {
  readonly treeId: string;
  readonly depth: number;
}

/** A place is known as long as one of the task's leases is. */
interface KnownPlace extends TreePosition {
  readonly leases: number;
  /** Of the leases: the groups that were granted one, and those that were asked for. */
  readonly groupIds: readonly string[];
}

type NewLease = Pick<FanOutGranted['data'], 'taskId' | 'treeId' | 'depth' | 'groupId' | 'askedGroupId'>;

const nobody: readonly string[] = [];

/** Where every task stands that was granted something before. */
export class TreePositions {
  readonly #places;

  constructor(journal: UndoLog) {
    this.#places = new TransactionalMap<string, KnownPlace>(journal);
  }

  of = (taskId: string): TreePosition | undefined => this.#places.get(taskId);
  groupsOf = (taskId: string): readonly string[] => this.#places.get(taskId)?.groupIds ?? nobody;

  /** One lease more; the task stands where the latest says. */
  add({ taskId, treeId, depth, groupId, askedGroupId }: NewLease): void {
    const { leases, groupIds } = this.#places.get(taskId) ?? { leases: 0, groupIds: nobody };
    const isKnown = groupIds.includes(groupId) && groupIds.includes(askedGroupId);
    const owners = isKnown ? groupIds : [...new Set([...groupIds, groupId, askedGroupId])];
    this.#places.set(taskId, { treeId, depth, leases: leases + 1, groupIds: owners });
  }

  /** One lease less. */
  forget(taskId: string): void {
    const place = this.#places.get(taskId);
    if (place === undefined) return;
    if (place.leases > 1) this.#places.set(taskId, { ...place, leases: place.leases - 1 });
    else this.#places.delete(taskId);
  }

  save = (): [string, KnownPlace][] => [...this.#places.entries()];
  load(places: readonly (readonly [string, KnownPlace])[]): void {
    for (const [taskId, place] of places) this.#places.set(taskId, place);
  }
}
