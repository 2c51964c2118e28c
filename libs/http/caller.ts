import type { FastifyRequest } from 'fastify';
import type { KeyLimits } from '#kernel/reach.js';

/** Who calls, as far as their key says. */
export interface Caller extends KeyLimits {
  /** How events name the caller. */
  readonly actor: string;
  readonly keyId: string;
  /** A reported cost of 0 beside usage is what it cost. */
  readonly zeroCostIsFree: boolean;
  /**
   * Asked again when this process has learned what others had stored.
   *
   * @throws Problem 401 when the key has been revoked
   */
  readonly readmit: () => void;
}

/** Tells who calls and what they may do; access knows. */
export abstract class Callers {
  /** @throws Problem 401 without a key that works, 403 when its role may not do it, or not for what the request names */
  abstract admit(request: FastifyRequest, action: string): Caller;

  /**
   * Looks at the key before the body of the request is read, and at all that needs no body: `admitFound` then needs no
   * second look at the key.
   *
   * @throws Problem 401 without a key that works, 403 when its role may not do it, or not for what the URL names
   */
  abstract find(request: FastifyRequest, actions: readonly string[]): { readonly keyId: string };

  /**
   * As `admit`, with the key that was found before the body was read, for routes that wait for nothing else in between:
   * meanwhile it may have been revoked.
   */
  abstract admitFound(request: FastifyRequest, ...actions: readonly string[]): Caller;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who calls, of a request that has been admitted. */
export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

/** The request is admitted. */
export const noteCaller = (request: FastifyRequest, caller: Caller): void => {
  callers.set(request, caller);
};
