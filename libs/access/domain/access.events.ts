import { z } from 'zod';
import { storedText } from '#directory/domain/directory.events.js';

/** What a key may be used for; `permissions.ts` says what that allows. */
export const roles = ['owner', 'admin', 'finance', 'member', 'metering', 'scheduler'] as const;
export type Role = (typeof roles)[number];

/** Every key has a stream of its own, in which it is made, and revoked unless it is an owner's. */
export const apiKeyStreamOf = (keyId: string): string => `apiKey-${keyId}`;

/**
 * The stream in which owner keys are revoked, all of them: whoever revokes one has seen every other that was revoked, so
 * that one is left.
 */
export const ownerKeysStream = 'ownerKeys';

/** Events of the streams `apiKey-<keyId>`; an owner key is revoked in `ownerKeys`. */
export const accessEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ApiKeyCreated'),
    data: z.strictObject({
      keyId: storedText,
      name: storedText,
      role: z.enum(roles),
      /** The only groups the key reaches; `null`: all of them. */
      groups: z.array(storedText).nullable(),
      /** The `source` of records that name none; `null`: each must name its own. */
      source: storedText.nullable(),
      /** Whether a reported cost of 0 beside usage is what it cost; left out: nobody knew what it cost. */
      zeroCostIsFree: z.literal(true).optional(),
      expiresAt: z.iso.datetime().nullable(),
      /** SHA-256 of the key in hexadecimal digits. The key itself is shown once and stored nowhere. */
      secretHash: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  }),
  z.strictObject({ type: z.literal('ApiKeyRevoked'), data: z.strictObject({ keyId: storedText }) }),
]);
export type AccessEvent = z.infer<typeof accessEvent>;

/** Types of the events of this capability. */
export const accessEventTypes: readonly string[] = accessEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(accessEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isAccessEvent = (event: { readonly type: string; readonly data: object }): event is AccessEvent =>
  types.has(event.type);
