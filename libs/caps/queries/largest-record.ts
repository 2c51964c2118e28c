import type { Period } from '#kernel/days.js';
import { formatInstant } from '#kernel/instants.js';
import type { Calendar } from '#kernel/calendar.js';
import type { LargeRecord, LargeRecordsView } from '#spend/domain/large-records.view.js';

/** Whose spend is meant, and when: null is everybody's. */
interface Scope {
  readonly groupId: string | null;
  readonly userId: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an alert says besides when the sum it is about passes 2^53 - 1, and what it is updated for. */
export interface Suspicion {
  readonly evidence: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly fingerprint: string;
}

/** Such a sum is nearly always one wrong record: the largest of the scope, and the request that voids it. */
export const suspicionAbout = (records: LargeRecordsView, { groupId, userId, fromMs, toMs }: Scope): Suspicion => {
  const largest = records.largest(
    (record) =>
      (groupId === null || record.groupId === groupId) &&
      (userId === null || record.userId === userId) &&
      record.occurredAtMs >= fromMs &&
      record.occurredAtMs < toMs,
  );
  // Many small records, and none that is wrong.
  if (largest === undefined) return { evidence: {}, fingerprint: ' beyond' };
  const { source, id } = largest;
  return { evidence: { largestRecord: shown(largest) }, fingerprint: ` beyond ${JSON.stringify([source, id])}` };
};

/** The same about a month. */
export const suspicionIn = (
  records: LargeRecordsView,
  calendar: Calendar,
  { groupId, userId, period }: Pick<Scope, 'groupId' | 'userId'> & { readonly period: Period },
): Suspicion => {
  const [fromMs, toMs] = [calendar.startOfPeriod(period), calendar.startOfPeriod(period + 1)];
  return suspicionAbout(records, { groupId, userId, fromMs, toMs });
};

const shown = ({ source, id, costMicros, groupId, userId, occurredAtMs }: LargeRecord) => ({
  source,
  id,
  costMicros,
  groupId,
  userId,
  occurredAt: formatInstant(occurredAtMs),
  toLift: `POST /api/v1/metering/voids ${JSON.stringify({ source, id, reason: 'say why' })}`,
});
