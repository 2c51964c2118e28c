import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import type { TaskCosts } from '#domain/fan-out/task-costs.js';
import { keySeeds } from '#domain/metering/identity.js';
import type { CorrectedRow, MeteredColumns } from '#domain/metering/metering.events.js';
import type { UncountedRow } from '../metering/metering.fold.js';

/**
 * Adds what the records of an event cost to their tasks.
 *
 * @param hashes of the tasks, by word: they were made for the index already
 */
export const noteTaskCosts = (
  costs: TaskCosts,
  { words, taskId, skill, groupId, occurredAtMs, costMicros }: MeteredColumns,
  hashes: Uint32Array,
  uncounted: readonly UncountedRow[],
): void => {
  const left = uncounted.length === 0 ? undefined : new Set(uncounted.map(({ row }) => row));
  for (let row = 0; row < taskId.length; row++) {
    const hash = hashes[taskId[row]];
    if (hash >= costs.below || left?.has(row) === true) continue;
    costs.add({
      hash,
      occurredAtMs: occurredAtMs[row],
      skill: words[skill?.[row] ?? 0],
      groupId: words[groupId[row]],
      micros: costMicros[row],
    });
  }
};

const key = new Uint32Array(fingerprintWords);

/** Adds what a correction changed. */
export const correctTaskCosts = (costs: TaskCosts, rows: readonly CorrectedRow[]): void => {
  for (const { taskId, occurredAtMs, skill, before, after } of rows) {
    fingerprint(taskId, keySeeds.task, key, 0);
    const micros = (after?.costMicros ?? 0) - before.costMicros;
    costs.add({ hash: key[0], occurredAtMs, skill, groupId: after?.groupId ?? before.groupId, micros });
  }
};
