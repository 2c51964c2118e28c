import { Injectable } from '@nestjs/common';
import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { keySeeds } from '#domain/metering/identity.js';
import type { CorrectedRow } from '#domain/metering/metering.events.js';
import { PlaceIndex } from '#ports/place-index.js';

const key = new Uint32Array(fingerprintWords);

/** 32 bits that stand for a group beside the places of its tasks. */
export const groupTag = (groupId: string): number => {
  fingerprint(groupId, keySeeds.taskGroup, key, 0);
  return key[0];
};

/** Notes to which groups tasks were re-attributed, once per correction. */
export const noteNewOwners = (index: PlaceIndex, position: number, rows: readonly CorrectedRow[]): void => {
  const noted = new Set<string>();
  for (const [row, { taskId, before, after }] of rows.entries()) {
    if (after === null || after.groupId === before.groupId) continue;
    const move = `${taskId}\n${after.groupId}`;
    if (noted.has(move)) continue;
    noted.add(move);
    const tag = groupTag(after.groupId);
    fingerprint(taskId, keySeeds.taskMoved, key, 0);
    index.add(key, 0, { position, row, tag });
  }
};

/** Whose fan-outs a task has asked for. */
export abstract class FanOutGroups {
  abstract groupsOfTask(taskId: string): readonly string[];
}

/**
 * Whose tasks are: of the group its first record in the log is charged to, or of the one it was re-attributed to last,
 * and of those that were granted fan-outs for it. A task without any of these is nobody's. Answers without reading the
 * log, so that a record may be asked about on its way in.
 */
@Injectable()
export class TaskOwners {
  readonly #tagsOf = new WeakMap<readonly string[], readonly number[]>();

  constructor(
    private readonly index: PlaceIndex,
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
