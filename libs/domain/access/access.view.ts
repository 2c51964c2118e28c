import { z } from 'zod';
import { unreachable } from '#kernel/decider.js';
import { type AccessEvent, roles } from './access.events.js';
import { expiryMs } from './api-key.js';

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

/** Every key there ever was, and the one that opens the door. */
export interface AccessView {
  apply(event: AccessEvent): void;
  /**
   * The key that works at that instant, or undefined if it is unknown, revoked or expired. The hash of a random key
   * tells nothing about other keys, therefore the lookup need not take constant time.
   *
   * @param secretHash SHA-256 of the key in hexadecimal digits
   */
  keyByHash(secretHash: string, nowMs: number): KnownKey | undefined;
  /** In the order of their creation, revoked and expired ones too. */
  list(): readonly KnownKey[];
  /** The key with this id, revoked and expired ones too. */
  keyOf(keyId: string): KnownKey | undefined;
  /** How many owner keys work at that instant, not counting this one. */
  otherLiveOwnerKeys(keyId: string, nowMs: number): number;
  /** JSON-native, for a snapshot. */
  save(): SavedKeys;
  /** Replaces everything by what `save` gave. Throws when it is something else. */
  load(saved: object): void;
}

interface Entry {
  readonly secretHash: string;
  readonly expiresAtMs: number;
  known: KnownKey;
}

export const accessView = (): AccessView => {
  const byId = new Map<string, Entry>();
  const byHash = new Map<string, Entry>();

  const add = ({ secretHash, ...known }: z.infer<typeof savedKey>): void => {
    const entry: Entry = { secretHash, expiresAtMs: expiryMs(known.expiresAt), known };
    byId.set(known.keyId, entry);
    byHash.set(secretHash, entry);
  };

  return {
    apply(event) {
      switch (event.type) {
        case 'ApiKeyCreated':
          add({ ...event.data, zeroCostIsFree: event.data.zeroCostIsFree ?? false, revoked: false });
          return;
        case 'ApiKeyRevoked': {
          const entry = byId.get(event.data.keyId);
          if (entry !== undefined) entry.known = { ...entry.known, revoked: true };
          return;
        }
        default:
          unreachable(event);
      }
    },
    keyByHash(secretHash, nowMs) {
      const entry = byHash.get(secretHash);
      return entry !== undefined && works(entry, nowMs) ? entry.known : undefined;
    },
    list: () => [...byId.values()].map(({ known }) => known),
    keyOf: (keyId) => byId.get(keyId)?.known,
    otherLiveOwnerKeys: (keyId, nowMs) =>
      [...byId.values()].filter(
        (entry) => entry.known.role === 'owner' && entry.known.keyId !== keyId && works(entry, nowMs),
      ).length,
    save: () => ({ keys: [...byId.values()].map(({ known, secretHash }) => ({ ...known, secretHash })) }),
    load(saved) {
      const { keys } = savedKeys.parse(saved);
      byId.clear();
      byHash.clear();
      keys.forEach(add);
    },
  };
};

const works = ({ known, expiresAtMs }: Entry, nowMs: number): boolean => !known.revoked && nowMs < expiresAtMs;
