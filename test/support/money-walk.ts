import assert from 'node:assert/strict';
import { correctionEvent, type CorrectedRow, recordsMetered } from '#metering/domain/metering.events.js';
import { fanOutEvent, isFanOutEvent } from '#fan-out/domain/fan-out.events.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

/** Money that moved at a position: positive when it was charged, negative when it was taken back. */
interface Move {
  readonly position: number;
  readonly micros: bigint;
  readonly fanOutId: string;
}
/** What live fan-outs have set aside, spent or not. */
type Holds = Map<string, number>;

const sum = (moves: readonly Move[]): bigint => moves.reduce((all, { micros }) => all + micros, 0n);

const moneyIn = (moves: readonly Move[], holds: Holds) => ({
  spentMicros: sum(moves),
  heldMicros: [...holds].reduce((all, [fanOutId, micros]) => {
    const left = BigInt(micros) - sum(moves.filter((move) => move.fanOutId === fanOutId));
    return all + (left > 0n ? left : 0n);
  }, 0n),
});

/**
 * Law 4 for money, walked along a log of one month and one group, in which no fan-out stands below another: with each
 * grant, what is held and what was spent up to the position that it names stay within the cap. Answers both as they
 * are in the end, and what was spent for each fan-out that was ever granted.
 */
export const walkMoney = (events: readonly StoredEvent[], capMicros: number) => {
  const moves: Move[] = [];
  const counted = new Set<string>();
  const holds: Holds = new Map();
  const granted = new Set<string>();
  for (const event of events) {
    moves.push(...movesOf(event, counted));
    if (!isFanOutEvent(event)) continue;
    const { type, data } = fanOutEvent.parse({ type: event.type, data: event.data });
    if (type === 'FanOutReleased' || type === 'FanOutExpired') holds.delete(data.fanOutId);
    if (type !== 'FanOutGranted') continue;
    granted.add(data.fanOutId);
    holds.set(data.fanOutId, data.heldMicros);
    const known = moves.filter(({ position }) => position <= data.asOfPosition);
    const { spentMicros, heldMicros } = moneyIn(known, holds);
    assert.ok(
      spentMicros + heldMicros <= BigInt(capMicros),
      `at position ${String(event.position)} ${String(heldMicros)} are held, and ${String(spentMicros)} were spent`,
    );
  }
  const spentFor = (fanOutId: string): bigint => sum(moves.filter((move) => move.fanOutId === fanOutId));
  return { ...moneyIn(moves, holds), spentBy: new Map([...granted].map((one) => [one, spentFor(one)])) };
};

/** A record counts once, wherever it was stored first. */
const movesOf = ({ position, type, data }: StoredEvent, counted: Set<string>): readonly Move[] => {
  if (type === 'RecordsMetered') {
    const { words, id, source, fanOutId, costMicros } = recordsMetered.parse({ type, data }).data;
    return id.flatMap((one, row) => {
      const identity = JSON.stringify([words[source[row]], one]);
      if (counted.has(identity)) return [];
      counted.add(identity);
      return [{ position, micros: BigInt(costMicros[row]), fanOutId: words[fanOutId?.[row] ?? 0] }];
    });
  }
  if (type !== 'RecordVoided' && type !== 'RecordsCorrected') return [];
  const corrected = correctionEvent.parse({ type, data });
  const rows: readonly CorrectedRow[] = 'rows' in corrected.data ? corrected.data.rows : [];
  return rows.map(({ fanOutId = '', before, after }) => ({
    position,
    micros: BigInt(after?.costMicros ?? 0) - BigInt(before.costMicros),
    fanOutId,
  }));
};
