import { createHash } from 'node:crypto';
import { auditEvent, isAuditEvent } from '#audit/domain/audit.events.js';
import type { AuditEvent } from '#audit/domain/audit.events.js';
import type { EventLog, StoredEvent } from '#event-sourcing/ports/event-log.js';
import { damageIn } from './damaged-events.js';
import { told } from './findings.js';
import type { FindingSink } from './findings.js';

type Seal = AuditEvent['data'];

/** Every seal there is, by the position it vouches for, and whether all of them could be read. */
export interface Seals {
  readonly by: ReadonlyMap<number, Seal>;
  readonly areWhole: boolean;
}

const sealsPerRead = 500;

/** They stand behind what they seal, so they are read first. One that is damaged is left out: it is told as an event. */
export const sealsIn = async (log: EventLog): Promise<Seals> => {
  const by = new Map<number, Seal>();
  let areWhole = true;
  const take = ({ type, data }: StoredEvent): void => {
    const { success, data: seal } = auditEvent.safeParse({ type, data });
    if (success) by.set(seal.data.upToPosition, seal.data);
  };
  for (let from = 0, limit = sealsPerRead; ;) {
    try {
      const events = await log.read('audit', from, limit);
      events.forEach(take);
      from += events.length;
      if (events.length < limit) return { by, areWhole };
    } catch (error) {
      damageIn(error);
      if (limit === 1) {
        areWhole = false;
        from++;
      }
      limit = 1;
    }
  }
};

/**
 * Hashes the log event by event, and compares with what was sealed: from a seal that differs it goes on with what the
 * seal says, so that every stretch between two seals is judged by itself. A stretch with an event that cannot be read is
 * not judged.
 */
export const createPlainChain = ({ by: seals, areWhole }: Seals, findings: FindingSink) => {
  let hash: string | null = '0'.repeat(64);
  let sealed = 0;
  let checked = 0;

  const compare = (position: number, seal: Seal): void => {
    if (hash !== null && seal.hash !== hash) {
      const between = `between position ${String(sealed + 1)} and ${String(position)}`;
      findings.add(`the log was changed ${between}: the chain is not what was sealed`, told(seal.hash, hash));
    } else if (areWhole && seal.events !== position - sealed) {
      findings.add(`events sealed up to position ${String(position)}`, told(position - sealed, seal.events));
    }
    if (hash !== null) checked++;
    ({ hash } = seal);
    sealed = position;
  };

  const pass = (position: number): void => {
    const seal = seals.get(position);
    if (seal !== undefined) compare(position, seal);
  };

  return {
    apply(event: StoredEvent): void {
      const { position, stream, revision, id, recordedAtMs, type, data, meta } = event;
      const text = JSON.stringify([position, stream, revision, id, recordedAtMs, type, data, meta]);
      if (hash !== null) hash = createHash('sha256').update(`${hash}\n${text}`).digest('hex');
      pass(position);
      if (isAuditEvent(event) && seals.get(event.data.upToPosition)?.hash !== event.data.hash) {
        findings.add(`the seal at position ${String(position)} is not in its stream`);
      }
    },

    /** An event that cannot be read: nothing is known of the chain until the next seal. */
    skip(position: number): void {
      hash = null;
      pass(position);
    },

    /**
     * The link at the last event (null if it is not known), how many seals it was compared with, and the last event that
     * one vouches for.
     */
    told: () => ({ hash, seals: checked, sealedPosition: checked === 0 ? null : sealed }),
  };
};
export type PlainChain = ReturnType<typeof createPlainChain>;
