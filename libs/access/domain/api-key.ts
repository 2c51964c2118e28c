import { millisecondsInDay } from 'date-fns/constants';
import { isShortText } from '#directory/domain/directory.events.js';
import { dayOfDate } from '#kernel/days.js';
import { type CommandOf, type Decider, unreachable } from '#kernel/decider.js';
import { formatInstant } from '#kernel/instants.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { EventSourcingCode } from '#event-sourcing/commands/event-sourcing.codes.js';
import type { AccessCode } from './access.codes.js';
import type { AccessEvent, Role } from './access.events.js';

/** An API key to be made. Who asks for it makes its id and the key itself, and hands over the hash of the key only. */
export interface NewApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  /** The only groups the key reaches; `null`: all of them. */
  readonly groups: readonly string[] | null;
  /** The `source` of records that name none. */
  readonly source: string | null;
  /** Whether a reported cost of 0 beside usage is what it cost. */
  readonly zeroCostIsFree: boolean;
  /** Milliseconds since 1970; `null`: never. */
  readonly expiresAtMs: number | null;
  /** SHA-256 in hexadecimal digits. */
  readonly secretHash: string;
}

/** Which API key is meant. */
export interface NamedApiKey {
  readonly keyId: string;
}

type KeyMade = CommandOf<'CreateApiKey', NewApiKey>;
type KeyGivenUp = CommandOf<'RevokeApiKey', NamedApiKey>;

export type ApiKeyCommand = KeyMade | KeyGivenUp;

/** `idempotencyConflict`: another key was made of the same request. */
export type ApiKeyCode = AccessCode | KernelCode | EventSourcingCode;

export type ApiKey =
  | { readonly status: 'absent' }
  | {
      readonly status: 'live' | 'revoked';
      readonly role: Role;
      readonly expiresAtMs: number;
      readonly secretHash: string;
      /**
       * How many owner keys would still open the door without this one. Its own stream does not say it: an owner key can
       * be revoked in the stream of all of them alone.
       */
      readonly otherOwnerKeys?: number;
    };

const evolve = (key: ApiKey, event: AccessEvent): ApiKey => {
  switch (event.type) {
    case 'ApiKeyCreated': {
      const { role, expiresAt, secretHash } = event.data;
      return { status: 'live', role, expiresAtMs: expiryMs(expiresAt), secretHash };
    }
    case 'ApiKeyRevoked':
      return key.status === 'absent' ? key : { ...key, status: 'revoked' };
    default:
      return unreachable(event);
  }
};

/** The instant from which a key no longer works; a key that does not expire works for ever. */
export const expiryMs = (expiresAt: string | null): number => (expiresAt === null ? Infinity : Date.parse(expiresAt));

const decide = (command: ApiKeyCommand, key: ApiKey): readonly AccessEvent[] | Refusal<ApiKeyCode> => {
  switch (command.type) {
    case 'CreateApiKey':
      return create(command, key);
    case 'RevokeApiKey':
      return revoke(command, key);
    default:
      return unreachable(command);
  }
};

const create = ({ data, meta }: KeyMade, key: ApiKey): readonly AccessEvent[] | Refusal<ApiKeyCode> => {
  if (key.status !== 'absent') {
    return key.secretHash === data.secretHash ? [] : refuse('idempotencyConflict', 'there is another key with this id');
  }
  const broken = creationRules(data, meta.nowMs).find(([holds]) => !holds);
  if (broken !== undefined) return refuse('invalidValue', broken[1]);
  const { keyId, name, role, groups, source, zeroCostIsFree, expiresAtMs, secretHash } = data;
  const expiresAt = expiresAtMs === null ? null : formatInstant(expiresAtMs);
  const uniqueGroups = groups && [...new Set(groups)];
  const created = { keyId, name, role, groups: uniqueGroups, source, expiresAt, secretHash };
  return [{ type: 'ApiKeyCreated', data: { ...created, ...(zeroCostIsFree && { zeroCostIsFree }) } }];
};

const rolesWithGroups: readonly Role[] = ['member', 'metering', 'scheduler'];
/** Those that send records. */
const rolesWithSource: readonly Role[] = ['metering', 'owner', 'admin'];

/** The last instant that can be written with a year of four digits is before this one. */
const endMs = dayOfDate(10_000, 1, 1) * millisecondsInDay;

type Rule = readonly [holds: boolean, rule: string];

const creationRules = (
  { name, role, groups, source, zeroCostIsFree, expiresAtMs }: NewApiKey,
  nowMs: number,
): readonly Rule[] => [
  [isShortText(name), 'name must be 1 to 255 characters without control characters'],
  [
    groups === null || rolesWithGroups.includes(role),
    `groups must be left out: a key with the role ${role} reaches all`,
  ],
  [groups !== null || role !== 'member', 'groups must name at least one group: a member reads its own'],
  // A list of none could be read as none or as all: nobody has to guess.
  [groups === null || groups.length > 0, 'groups must name at least one group, or be left out'],
  [groups?.every(isShortText) ?? true, 'groups must be ids of 1 to 255 characters without control characters'],
  [
    source === null || rolesWithSource.includes(role),
    `source must be left out: a key with the role ${role} sends no records`,
  ],
  [
    !zeroCostIsFree || rolesWithSource.includes(role),
    `zeroCostIsFree must be left out: a key with the role ${role} sends no records`,
  ],
  [source === null || isShortText(source), 'source must be 1 to 255 characters without control characters'],
  [expiresAtMs === null || (expiresAtMs > nowMs && expiresAtMs < endMs), 'expiresAt must be in the future'],
];

const revoke = ({ data: { keyId }, meta }: KeyGivenUp, key: ApiKey): readonly AccessEvent[] | Refusal<ApiKeyCode> => {
  if (key.status === 'absent') return refuse('unknownApiKey', 'there is no key with this id');
  if (key.status === 'revoked') return [];
  const opens = key.role === 'owner' && key.expiresAtMs > meta.nowMs;
  if (opens && (key.otherOwnerKeys ?? 0) === 0) {
    return refuse('lastOwnerKey', 'this is the last owner key that works: create another one first');
  }
  return [{ type: 'ApiKeyRevoked', data: { keyId } }];
};

/** Decides on `apiKey-<keyId>`, and on `ownerKeys` who is revoked there. Refuses with `invalidValue`, `unknownApiKey`, `lastOwnerKey` or `idempotencyConflict`. */
export const apiKeyDecider: Decider<ApiKeyCommand, ApiKey, AccessEvent, ApiKeyCode> = {
  initial: { status: 'absent' },
  evolve,
  decide,
};
