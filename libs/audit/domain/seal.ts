import type { CommandOf, Decider } from '#kernel/decider.js';
import type { AuditEvent } from './audit.events.js';

/** `after`: the position of the seal that it goes on from, 0 for the first. */
type Seal = AuditEvent['data'] & { readonly after: number };

/** Writes down how far the chain has come. */
export type SealCommand = CommandOf<'SealAuditChain', Seal>;

const evolve = (_sealed: number, { data }: AuditEvent): number => data.upToPosition;

// Somebody else may have gone on from the same seal: what they have sealed needs no second one.
const decide = ({ data: { after, ...seal } }: SealCommand, sealed: number): readonly AuditEvent[] =>
  after === sealed && seal.upToPosition > sealed ? [{ type: 'AuditSealed', data: seal }] : [];

/** Decides on the stream `audit`; its state is the position that the last seal vouches for. */
export const sealDecider: Decider<SealCommand, number, AuditEvent> = { initial: 0, evolve, decide };
