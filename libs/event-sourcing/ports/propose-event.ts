import { hash } from 'node:crypto';
import { Packr } from 'msgpackr';
import { illFormedText } from '#kernel/well-formed.js';
import type { EventMeta, ProposedEvent } from './event-log.js';

// No shared structures: the same content always gives the same bytes, on any machine and after any history.
const codec = new Packr({ useRecords: false, variableMapSize: true });

/**
 * Makes an event ready for the log: encodes it once and derives its id from cause, index and content, so that a
 * repeat after an unknown outcome is recognised and a repeat with other content is noticed.
 *
 * @param cause what led to the event, usually the command id
 * @param index the event's place among those of the same cause, from 0
 * @throws for a text with half a surrogate pair: another one would be read back, and hash to another id. The edge refuses
 * such texts: here it is a defect
 */
export const proposeEvent = (
  cause: string,
  index: number,
  event: { readonly type: string; readonly data: object },
  meta: EventMeta,
): ProposedEvent => {
  const illFormed = illFormedText([event.data, meta]);
  if (illFormed !== undefined) {
    throw new Error(`${event.type} holds half a surrogate pair: ${JSON.stringify(illFormed)}`);
  }
  return encodeEvent(cause, index, event, meta);
};

/** As `proposeEvent`, for an event that is stored already: earlier versions stored half pairs, too. */
export const encodeEvent = (
  cause: string,
  index: number,
  event: { readonly type: string; readonly data: object },
  meta: EventMeta,
): ProposedEvent => {
  const bytes = codec.pack([event.type, event.data, meta]);
  // In one go: a hash object is one more thing outside of the heap, which a collection has to call back for.
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${cause}\n${String(index)}\n`), bytes]), 'buffer');
  return { id: uuidOf(digest), type: event.type, data: event.data, meta, bytes };
};

/** Reads back what `proposeEvent` encoded. Throws on bytes that are no event. */
export const decodeEvent = (bytes: Uint8Array): { type: string; data: object; meta: EventMeta } => {
  const [type, data, meta] = codec.unpack(bytes) as [string, object, EventMeta];
  if (typeof type !== 'string' || typeof data !== 'object' || typeof meta !== 'object') throw new Error('no event');
  return { type, data, meta };
};

/** A UUID of RFC 9562 version 8, the custom version, for ids that hash something of our own. Changes the digest. */
export const uuidOf = (digest: Buffer): string => {
  digest[6] = (digest[6] & 0x0f) | 0x80;
  digest[8] = (digest[8] & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
