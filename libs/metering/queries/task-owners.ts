import { Injectable } from '@nestjs/common';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { groupTag } from '../domain/task-owners.locations.js';
import { FanOutGroups } from './fan-out-groups.js';
import { keySeeds } from '../domain/identity.js';
import { LocationIndex } from '#event-sourcing/ports/location-index.js';

const key = new Uint32Array(fingerprintWords);

/**
 * Whose tasks are: of the group its first record in the log is charged to, or of the one it was re-attributed to last,
 * and of those that were granted fan-outs for it. A task without any of these is nobody's. Answers without reading the
 * log, so that a record may be asked about on its way in.
 */
@Injectable()
export class TaskOwners {
  readonly #tagsOf = new WeakMap<readonly string[], readonly number[]>();

  constructor(
    private readonly index: LocationIndex,
    private readonly fanOuts: FanOutGroups,
  ) {}

  /** Whether a task is of other groups only. */
  isForeign(taskId: string, groups: readonly string[]): boolean {
    fingerprint(taskId, keySeeds.task, key, 0);
    const first = this.index.first(key, 0);
    const granted = this.fanOuts.groupsOfTask(taskId);
    if (first === undefined && granted.length === 0) return false;
    fingerprint(taskId, keySeeds.taskMoved, key, 0);
    const owner = this.index.all(key, 0).at(-1) ?? first;
    const isOwn = owner !== undefined && this.#tagsAmong(groups).includes(owner.tag);
    return !isOwn && !granted.some((groupId) => groups.includes(groupId));
  }

  #tagsAmong(groups: readonly string[]): readonly number[] {
    let tags = this.#tagsOf.get(groups);
    if (tags === undefined) this.#tagsOf.set(groups, (tags = groups.map(groupTag)));
    return tags;
  }
}
