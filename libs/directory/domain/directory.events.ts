import { z } from 'zod';

/** The group of whoever nobody has put into another one. It exists in every organisation. */
export const unassigned = 'unassigned';

// Control characters and lone surrogates would make two names look alike, or a name that cannot be stored.
const text = (atMost: number) =>
  z
    .string()
    .max(atMost)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'at least one character, no control characters');

/** Ids and names: 1 to 255 UTF-16 code units, as in a metering record. */
export const storedText = text(255);
export const emailText = text(320);

export const isShortText = (value: string): boolean => storedText.safeParse(value).success;

/** Events of the stream `group-<groupId>`. */
export const groupEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('GroupCreated'),
    data: z.strictObject({ groupId: storedText, name: storedText }),
  }),
  z.strictObject({
    type: z.literal('GroupRenamed'),
    data: z.strictObject({ groupId: storedText, name: storedText }),
  }),
]);
export type GroupEvent = z.infer<typeof groupEvent>;

/** Events of the stream `user-<userId>`. */
export const userEvent = z.discriminatedUnion('type', [
  /** Who the user is from now on: the first time, and whenever name or address change. */
  z.strictObject({
    type: z.literal('UserProvisioned'),
    data: z.strictObject({ userId: storedText, name: storedText, email: emailText.optional() }),
  }),
  /** The user belongs to the group from this instant until the next `from`. */
  z.strictObject({
    type: z.literal('MembershipChosen'),
    data: z.strictObject({ userId: storedText, groupId: storedText, from: z.iso.datetime() }),
  }),
]);
export type UserEvent = z.infer<typeof userEvent>;

export const directoryEvent = z.discriminatedUnion('type', [...groupEvent.options, ...userEvent.options]);
export type DirectoryEvent = z.infer<typeof directoryEvent>;

/** Types of the events of this capability. */
export const directoryEventTypes: readonly string[] = directoryEvent.options.map((event) => event.shape.type.value);
const types: ReadonlySet<string> = new Set(directoryEventTypes);

/** Tells events of this capability from others by their type; what the log holds was checked before it was stored. */
export const isDirectoryEvent = (event: { readonly type: string; readonly data: object }): event is DirectoryEvent =>
  types.has(event.type);
