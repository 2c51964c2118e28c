/** SHA-256 of a text in UTF-8, as hexadecimal digits. */
export type Sha256 = (text: string) => string;

/** All of a stored event that the chain vouches for. */
export interface ChainedEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly recordedAtMs: number;
  readonly type: string;
  readonly data: object;
  readonly meta: object;
}

/** The link before the first event of every log. */
export const chainStart = '0'.repeat(64);

/**
 * The next link: a hash of the one before and of everything an event says, where it stands and when it was stored.
 * Whoever edits, removes or moves an event changes every link from there on.
 *
 * The event is hashed as JSON, its fields in the order in which they are stored: what an auditor can write down and
 * hash again without any program of ours. Events are JSON-native, so two of them never look the same.
 */
export const nextLink = (
  link: string,
  { position, stream, revision, id, recordedAtMs, type, data, meta }: ChainedEvent,
  sha256: Sha256,
): string => sha256(`${link}\n${JSON.stringify([position, stream, revision, id, recordedAtMs, type, data, meta])}`);
