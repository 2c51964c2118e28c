import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessView, type KnownKey } from '../domain/access.view.js';
import { secretHash } from '../commands/generate-key.js';
import { isAction, may } from '../domain/permissions.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { type Caller, Callers, noteCaller } from '#http/caller.js';
import { refuseOtherGroups } from './limits-of-keys.js';
import { Problem } from '#http/problem.js';

const tokensAtHand = 10_000;

/** Finds the key behind a request and what it may do. A revoked or expired key stops working with the next request. */
@Injectable()
export class Access extends Callers {
  // Hashing a token costs more than all else a small request needs.
  private readonly hashes = new Map<string, string>();
  private readonly callers = new WeakMap<KnownKey, Caller>();
  private readonly found = new WeakMap<FastifyRequest, KnownKey>();

  constructor(
    private readonly access: AccessView,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** @throws Problem 401 without a key that works, 403 when its role may not do it, or not for what the request names */
  admit(request: FastifyRequest, action: string): Caller {
    return this.admitKey(request, this.keyOf(request), [action]);
  }

  find(request: FastifyRequest, actions: readonly string[]): { readonly keyId: string } {
    const key = this.keyOf(request);
    if (key instanceof Problem) throw key;
    // Without an action the route asks by itself, or there is none.
    if (actions.length > 0) refuseOthers(request, key, actions);
    this.found.set(request, key);
    return key;
  }

  // A request without a body is not looked at before.
  admitFound(request: FastifyRequest, ...actions: readonly string[]): Caller {
    return this.admitKey(request, this.found.get(request) ?? this.keyOf(request), actions);
  }

  private admitKey(request: FastifyRequest, key: KnownKey | Problem, actions: readonly string[]): Caller {
    if (key instanceof Problem) throw key;
    refuseOthers(request, key, actions);
    const caller = this.callerOf(key);
    noteCaller(request, caller);
    return caller;
  }

  /** The key behind a request, or why there is none: a problem 401. */
  private keyOf({ headers: { authorization } }: FastifyRequest): KnownKey | Problem {
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

/** Refuses whose role may not do it, and whose groups it is not about, as far as the request has been read. */
const refuseOthers = (request: FastifyRequest, { role, groups }: KnownKey, actions: readonly string[]): void => {
  for (const action of actions) {
    if (!isAction(action)) throw new Error(`no row of the permissions is called ${action}`);
    if (!may(role, action)) {
      throw new Problem(403, 'roleNotAllowed', `A key with the role ${role} may not do this (${action}).`);
    }
  }
  if (groups !== null) refuseOtherGroups(request, groups);
};

const keyUnknown = (): Problem => new Problem(401, 'keyUnknown', 'This API key is unknown, revoked or expired.');
