import { createHash, randomBytes } from 'node:crypto';
import type { CommandMeta } from '#kernel/decider.js';
import type { Role } from '../domain/access.events.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** How a key is stored: it is 256 random bits, so a plain hash cannot be turned back. In hexadecimal digits. */
export const secretHash = sha256;

/**
 * Makes a key for a command. The id comes from the command, without what was asked for: the same request names the same
 * key again.
 *
 * @returns `key` is the only copy there is; what is stored is its hash
 */
export const generateKey = (role: Role, { commandId }: Pick<CommandMeta, 'commandId'>) => {
  const keyId = sha256(commandId.split(':')[0]).slice(0, 12);
  const key = `bursar_${role}_${keyId}_${randomBytes(32).toString('base64url')}`;
  return { keyId, key, secretHash: secretHash(key) };
};
