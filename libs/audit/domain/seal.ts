import type { Command, Decider } from '#kernel/decider.js';
import type { AuditEvent } from './audit.events.js';

/** Writes down how far the chain has come. */
export interface SealAuditChain extends Command {
  readonly type: 'SealAuditChain';
  /** `after`: the position of the seal that it goes on from, 0 for the first. */
  readonly data: AuditEvent['data'] & { readonly after: number };
}

const evolve = (_sealed: number, { data }: AuditEvent): number => data.upToPosition;

// Somebody else may have gone on from the same seal: what they have sealed needs no second one.
const decide = ({ data: { after, ...seal } }: SealAuditChain, sealed: number): readonly AuditEvent[] =>
  after === sealed && seal.upToPosition > sealed ? [{ type: 'AuditSealed', data: seal }] : [];

/** Decides on the stream `audit`; its state is the position that the last seal vouches for. */
export const sealDecider: Decider<SealAuditChain, number, AuditEvent> = { initial: 0, evolve, decide };
