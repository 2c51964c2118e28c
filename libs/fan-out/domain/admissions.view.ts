import { Admissions } from './admissions.js';
import { fanOutEventTypes, isFanOutEvent } from './fan-out.events.js';
import type { CorrectedRow, MeteredColumns } from '#metering/domain/metering.events.js';
import { chargeCorrectionTypes, isChargeCorrection, isRecordsMetered } from '#metering/domain/metering.events.js';
import { uncountedRows } from '#metering/domain/metering.slots.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import type { LocationIndex } from '#event-sourcing/ports/location-index.js';
import { indexFanOut } from './fan-out.locations.js';

/** What was granted, drawn down by what was metered with it; and where it stands in the log, in the place index. */
export class AdmissionsView extends View {
  readonly name = 'admissions';
  readonly handles = ['RecordsMetered', ...chargeCorrectionTypes, ...fanOutEventTypes];

  constructor(
    private readonly index: LocationIndex,
    readonly admissions = new Admissions(),
  ) {
    super();
  }

  apply(event: StoredEvent, at: FoldContext): void {
    if (isRecordsMetered(event)) this.#drawHolds(event.data, at.get(uncountedRows));
    else if (isChargeCorrection(event)) this.#correctHolds(event.data.rows);
    else if (isFanOutEvent(event)) {
      this.admissions.apply(event, event.revision);
      indexFanOut(this.index, event, event.position);
    }
  }

  save = (): object => this.admissions.save();
  load(saved: object): void {
    this.admissions.load(saved);
  }

  /** Most records have no fan-out. */
  #drawHolds({ fanOutId, groupId, words, costMicros }: MeteredColumns, uncounted: readonly number[] | undefined): void {
    if (fanOutId === undefined) return;
    const left = new Set(uncounted);
    for (let row = 0; row < fanOutId.length; row++) {
      if (fanOutId[row] === 0 || left.has(row)) continue;
      this.admissions.meter(words[fanOutId[row]], words[groupId[row]], costMicros[row]);
    }
  }

  /** Takes out of a fan-out what a correction took back, and adds what it charged anew. */
  #correctHolds(rows: readonly CorrectedRow[]): void {
    for (const { fanOutId, before, after } of rows) {
      if (fanOutId === undefined) continue;
      this.admissions.meter(fanOutId, before.groupId, -before.costMicros);
      if (after !== null) this.admissions.meter(fanOutId, after.groupId, after.costMicros);
    }
  }
}
