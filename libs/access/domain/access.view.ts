import { z } from 'zod';
import { unreachable } from '#kernel/decider.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { accessEventTypes, isAccessEvent, roles } from './access.events.js';
import { type ApiKey, expiryMs } from './api-key.js';

const savedKey = z.strictObject({
  keyId: z.string(),
  name: z.string(),
  role: z.enum(roles),
  groups: z.array(z.string()).nullable(),
  source: z.string().nullable(),
  zeroCostIsFree: z.boolean(),
  expiresAt: z.iso.datetime().nullable(),
  secretHash: z.string(),
  revoked: z.boolean(),
});
const savedKeys = z.strictObject({ keys: z.array(savedKey) });
export type SavedKeys = z.infer<typeof savedKeys>;

/** A key as it may be shown: without its hash. */
export type KnownKey = Readonly<Omit<z.infer<typeof savedKey>, 'secretHash'>>;

interface Entry {
  readonly secretHash: string;
  readonly expiresAtMs: number;
  known: KnownKey;
}

/** Every key there ever was, and the one that opens the door. */
export class AccessView extends View {
  readonly name = 'access';
  readonly handles = accessEventTypes;
  readonly #byId = new Map<string, Entry>();
  readonly #byHash = new Map<string, Entry>();

  apply(event: StoredEvent): void {
    if (!isAccessEvent(event)) return;
    switch (event.type) {
      case 'ApiKeyCreated':
        this.#add({ ...event.data, zeroCostIsFree: event.data.zeroCostIsFree ?? false, revoked: false });
        return;
      case 'ApiKeyRevoked': {
        const entry = this.#byId.get(event.data.keyId);
        if (entry !== undefined) entry.known = { ...entry.known, revoked: true };
        return;
      }
      default:
        unreachable(event);
    }
  }

  /**
   * The key that works at that instant, or undefined if it is unknown, revoked or expired. The hash of a random key
   * tells nothing about other keys, therefore the lookup need not take constant time.
   *
   * @param secretHash SHA-256 of the key in hexadecimal digits
   */
  keyByHash(secretHash: string, nowMs: number): KnownKey | undefined {
    const entry = this.#byHash.get(secretHash);
    return entry !== undefined && works(entry, nowMs) ? entry.known : undefined;
  }

  /** In the order of their creation, revoked and expired ones too. */
  list = (): readonly KnownKey[] => [...this.#byId.values()].map(({ known }) => known);

  /** The key with this id, revoked and expired ones too. */
  keyOf = (keyId: string): KnownKey | undefined => this.#byId.get(keyId)?.known;

  /** An owner key as it is decided on, with how many others work at that instant. */
  ownerKey(keyId: string, nowMs: number): ApiKey {
    const entry = this.#byId.get(keyId);
    if (entry === undefined) return { status: 'absent' };
    const { known, expiresAtMs, secretHash } = entry;
    const otherOwnerKeys = [...this.#byId.values()].filter(
      (other) => other !== entry && other.known.role === 'owner' && works(other, nowMs),
    ).length;
    return { status: known.revoked ? 'revoked' : 'live', role: known.role, expiresAtMs, secretHash, otherOwnerKeys };
  }

  save(): SavedKeys {
    return { keys: [...this.#byId.values()].map(({ known, secretHash }) => ({ ...known, secretHash })) };
  }
  load(saved: object): void {
    this.#byId.clear();
    this.#byHash.clear();
    for (const key of savedKeys.parse(saved).keys) this.#add(key);
  }

  #add({ secretHash, ...known }: z.infer<typeof savedKey>): void {
    const entry: Entry = { secretHash, expiresAtMs: expiryMs(known.expiresAt), known };
    this.#byId.set(known.keyId, entry);
    this.#byHash.set(secretHash, entry);
  }
}

const works = ({ known, expiresAtMs }: Entry, nowMs: number): boolean => !known.revoked && nowMs < expiresAtMs;
