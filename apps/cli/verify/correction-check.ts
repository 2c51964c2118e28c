import type { Charge, CorrectedRow, CorrectionEvent } from '#metering/domain/metering.events.js';
import { told } from './findings.js';
import type { FindingSink } from './findings.js';
import type { PlainRecord } from './plain-record.js';

const describedFields = [
  'occurredAtMs',
  'taskId',
  'userId',
  'model',
  'scheduleId',
  'skill',
  'plugin',
  'connector',
  'trigger',
] as const satisfies readonly (keyof PlainRecord & keyof CorrectedRow)[];

/** A correction says itself what it changes, so that folds need no lookup: it has to say what is so. */
export const createCorrectionCheck = (findings: FindingSink) => {
  const rowsOfJob = new Map<string, number>();
  return {
    /** @param before what the record is charged by now; null if it is void */
    row(what: string, record: PlainRecord, before: Charge | null, row: CorrectedRow): void {
      const difference = told(chargeText(before), chargeText(row.before));
      if (difference.expected !== difference.found) {
        findings.add(`the correction of ${what} begins at another charge`, difference);
      }
      const differing = describedFields.find((field) => record[field] !== row[field]);
      if (differing !== undefined) {
        findings.add(`the correction of ${what} has another ${differing}`, told(record[differing], row[differing]));
      }
      const labels = told(labelsText(record.labels), labelsText(row.labels ?? []));
      if (labels.expected !== labels.found) findings.add(`the correction of ${what} has other labels`, labels);
    },

    /** A job says at its end how many records it has corrected. */
    job({ type, data }: CorrectionEvent): void {
      if (type !== 'RecordsCorrected' && type !== 'CorrectionFinished') return;
      const rows = rowsOfJob.get(data.jobId) ?? 0;
      if (type === 'RecordsCorrected') rowsOfJob.set(data.jobId, rows + data.rows.length);
      else if (rows !== data.correctedRecords) {
        findings.add(`records corrected by ${data.jobId}`, told(rows, data.correctedRecords));
      }
    },
  };
};

const labelsText = (labels: readonly (readonly [key: string, value: string])[]): string =>
  JSON.stringify(Object.fromEntries([...labels].sort(([one], [other]) => (one < other ? -1 : 1))));

const chargeText = (charge: Charge | null): string =>
  charge === null
    ? 'void'
    : `${charge.groupId}, ${String(charge.costMicros)} micros, ${charge.rating}, ${charge.priceVersion || 'no price'}`;
