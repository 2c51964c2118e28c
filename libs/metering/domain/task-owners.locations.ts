import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { keySeeds } from './identity.js';
import type { CorrectedRow } from './metering.events.js';

const key = new Uint32Array(fingerprintWords);

/** 32 bits that stand for a group beside the places of its tasks. */
export const groupTag = (groupId: string): number => {
  fingerprint(groupId, keySeeds.taskGroup, key, 0);
  return key[0];
};

/** Notes to which groups tasks were re-attributed, once per correction. */
export const indexNewOwners = (index: LocationIndex, position: number, rows: readonly CorrectedRow[]): void => {
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
