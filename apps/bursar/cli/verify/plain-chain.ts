import { createHash } from 'node:crypto';
import { auditEvent, isAuditEvent } from '#domain/audit/audit.events.js';
import type { AuditEvent } from '#domain/audit/audit.events.js';
import type { EventLog, StoredEvent } from '#ports/event-log.js';
import { told } from './findings.js';
import type { Findings } from './findings.js';

type Seal = AuditEvent['data'];

const sealsPerRead = 500;

/** Every seal there is, by the position it vouches for. They stand behind what they seal, so they are read first. */
export const sealsIn = async (log: EventLog): Promise<ReadonlyMap<number, Seal>> => {
  const seals = new Map<number, Seal>();
  for (let from = 0; ;) {
    const events = await log.read('audit', from, sealsPerRead);
    for (const { type, data } of events) {
      const { success, data: seal } = auditEvent.safeParse({ type, data });
      if (success) seals.set(seal.data.upToPosition, seal.data);
    }
    from += events.length;
    if (events.length < sealsPerRead) return seals;
  }
};

/**
 * Hashes the log event by event, and compares with what was sealed: from a seal that differs it goes on with what the
 * seal says, so that every stretch between two seals is judged by itself.
 */
export const createPlainChain = (seals: ReadonlyMap<number, Seal>, findings: Findings) => {
  let hash = '0'.repeat(64);
  let sealed = 0;
  let checked = 0;

  const compare = (position: number, seal: Seal): void => {
    if (seal.hash !== hash) {
      const between = `between position ${String(sealed + 1)} and ${String(position)}`;
      findings.add(`the log was changed ${between}: the chain is not what was sealed`, told(seal.hash, hash));
    } else if (seal.events !== position - sealed) {
      findings.add(`events sealed up to position ${String(position)}`, told(position - sealed, seal.events));
    }
    ({ hash } = seal);
    sealed = position;
    checked++;
  };

  return {
    apply(event: StoredEvent): void {
      const { position, stream, revision, id, recordedAtMs, type, data, meta } = event;
      const text = JSON.stringify([position, stream, revision, id, recordedAtMs, type, data, meta]);
      hash = createHash('sha256').update(`${hash}\n${text}`).digest('hex');
      const seal = seals.get(position);
      if (seal !== undefined) compare(position, seal);
      if (isAuditEvent(event) && seals.get(event.data.upToPosition)?.hash !== event.data.hash) {
        findings.add(`the seal at position ${String(position)} is not in its stream`);
      }
    },

    /** The link at the last event, how many seals it was compared with, and the last event that one vouches for. */
    told: () => ({ hash, seals: checked, sealedPosition: checked === 0 ? null : sealed }),
  };
};
export type PlainChain = ReturnType<typeof createPlainChain>;
