import { createParamDecorator, Injectable, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Action } from '#access/domain/permissions.js';
import { Access, callerOf } from './caller.js';
import type { Caller } from './caller.js';

const needed = 'bursar:needs';

/** Says what a route does; a route without it answers nobody. */
export const Needs = (action: Action | 'nothing') => SetMetadata(needed, action);

/** Lets a request in if its key may do what the route does. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly access: Access,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const action = this.reflector.get<Action | 'nothing' | undefined>(needed, context.getHandler());
    if (action === undefined) throw new Error(`${context.getClass().name}: a route without @Needs`);
    if (action === 'nothing') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.access.admit(request, action);
    return true;
  }
}

/** Hands the caller to a route. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('a route asks who calls, but lets anybody in');
  return caller;
});
