import { fingerprint, fingerprintWords } from '#kernel/fingerprint.js';
import { TaskCosts } from './task-costs.js';
import { keySeeds } from '#metering/domain/identity.js';
import type { CorrectedRow, MeteredColumns } from '#metering/domain/metering.events.js';
import { chargeCorrectionTypes, isChargeCorrection, isRecordsMetered } from '#metering/domain/metering.events.js';
import { taskHashes, uncountedRows } from '#metering/domain/metering.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

/** What tasks cost, for estimates. */
export class TaskCostsView extends View {
  readonly name = 'taskCosts';
  readonly handles = ['RecordsMetered', ...chargeCorrectionTypes];
  readonly costs = new TaskCosts();
  readonly #key = new Uint32Array(fingerprintWords);

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.#add(event.data, at.get(taskHashes), at.get(uncountedRows));
    else if (isChargeCorrection(event)) this.#correct(event.data.rows);
  }

  save = (): object => this.costs.save();
  load(saved: object): void {
    this.costs.load(saved);
  }

  #add(
    { words, taskId, skill, groupId, occurredAtMs, costMicros }: MeteredColumns,
    hashes: Uint32Array,
    uncounted: readonly number[] | undefined,
  ): void {
    const left = uncounted && new Set(uncounted);
    for (let row = 0; row < taskId.length; row++) {
      const hash = hashes[taskId[row]];
      if (hash >= this.costs.below || left?.has(row) === true) continue;
      this.costs.add({
        hash,
        occurredAtMs: occurredAtMs[row],
        skill: words[skill?.[row] ?? 0],
        groupId: words[groupId[row]],
        micros: costMicros[row],
      });
    }
  }

  /** Adds what a correction changed. */
  #correct(rows: readonly CorrectedRow[]): void {
    for (const { taskId, occurredAtMs, skill, before, after } of rows) {
      fingerprint(taskId, keySeeds.task, this.#key, 0);
      const micros = (after?.costMicros ?? 0) - before.costMicros;
      const hash = this.#key[0];
      this.costs.add({ hash, occurredAtMs, skill, groupId: after?.groupId ?? before.groupId, micros });
    }
  }
}
