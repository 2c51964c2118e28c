import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { KnownKey } from '#access/domain/access.view.js';
import { may } from '#access/domain/permissions.js';
import type { Action } from '#access/domain/permissions.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { AccessView } from '#access/domain/access.view.js';
import { refuseOtherGroups } from './limits-of-keys.js';
import { Problem } from './problem.js';

/** Who calls, as far as their key says. */
export interface Caller extends KnownKey {
  /** How events name the caller. */
  readonly actor: string;
  /**
   * Asked again when this process has learned what others had stored.
   *
   * @throws Problem 401 when the key has been revoked
   */
  readonly readmit: () => void;
}

const tokensAtHand = 10_000;

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who calls, of a request that has been admitted. */
export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

/** Finds the key behind a request and what it may do. A revoked or expired key stops working with the next request. */
@Injectable()
export class Access {
  // Hashing a token costs more than all else a small request needs.
  private readonly hashes = new Map<string, string>();
  private readonly callers = new WeakMap<KnownKey, Caller>();

  constructor(
    private readonly access: AccessView,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem 401 without a key that works, 403 when its role may not do it, or not for what the request names */
  admit(request: FastifyRequest, action: Action): Caller {
    const key = this.keyOf(request);
    if (key instanceof Problem) throw key;
    if (!may(key.role, action)) {
      throw new Problem(403, 'roleNotAllowed', `A key with the role ${key.role} may not do this (${action}).`);
    }
    if (key.groups !== null) refuseOtherGroups(request, key.groups);
    const caller = this.callerOf(key);
    callers.set(request, caller);
    return caller;
  }

  /** The key behind a request, or why there is none: a problem 401. */
  keyOf({ headers: { authorization } }: FastifyRequest): KnownKey | Problem {
    // The name of a scheme is written in any case (RFC 9110, 11.1).
    if (authorization?.slice(0, 7).toLowerCase() !== 'bearer ') {
      return new Problem(401, 'keyMissing', 'Send an API key: Authorization: Bearer <key>.');
    }
    const key = this.access.keyByHash(this.hashOf(authorization.slice(7).trim()), this.clock.now());
    return key ?? keyUnknown();
  }

  private callerOf(key: KnownKey): Caller {
    let caller = this.callers.get(key);
    if (caller === undefined) {
      const readmit = (): void => {
        if (this.access.keyOf(key.keyId)?.revoked !== false) throw keyUnknown();
      };
      this.callers.set(key, (caller = { ...key, actor: `apiKey:${key.keyId}`, readmit }));
    }
    return caller;
  }

  private hashOf(token: string): string {
    let hash = this.hashes.get(token);
    if (hash === undefined) {
      hash = secretHash(token);
      if (this.hashes.size >= tokensAtHand) this.hashes.clear();
      this.hashes.set(token, hash);
    }
    return hash;
  }
}

const keyUnknown = (): Problem => new Problem(401, 'keyUnknown', 'This API key is unknown, revoked or expired.');

/** How a key is stored: it is 256 random bits, so a plain hash cannot be turned back. */
const secretHash = (key: string): string => createHash('sha256').update(key).digest('hex');
