import { refuse, type Refusal } from '#kernel/refusal.js';
import type { EventSourcingCode } from './event-sourcing.codes.js';

/** Revisions as ETags name them, without their quotes; `*` for any. */
export type Tags = '*' | readonly string[];

/** What a request demands of what it changes (RFC 9110, 13.1). */
export interface Precondition {
  /** It is there, as one of these. */
  readonly ifMatch?: Tags;
  /** It is not there, or as none of these. */
  readonly ifNoneMatch?: Tags;
}

/** Why a request is not carried out on what it finds (`staleVersion`), or undefined. */
export const preconditionRefusal = (
  { ifMatch, ifNoneMatch }: Precondition,
  revision: number,
  isThere: boolean,
): Refusal<EventSourcingCode> | undefined => {
  const matches = (tags: Tags): boolean => isThere && (tags === '*' || tags.includes(String(revision)));
  if (ifMatch !== undefined && !matches(ifMatch)) return isThere ? changed : notThere;
  return ifNoneMatch !== undefined && matches(ifNoneMatch) ? there : undefined;
};

const changed = refuse('staleVersion', 'It was changed since you read it; read it again and decide anew.');
const notThere = refuse('staleVersion', 'There is nothing to change yet; leave If-Match out to create it.');
const there = refuse('staleVersion', 'It is there already; leave If-None-Match out to change it.');
