import { applyDecorators, createParamDecorator, Injectable, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { callerOf, Callers } from './caller.js';
import type { Caller } from './caller.js';

const needed = 'bursar:needs';

/**
 * Says what a route does, by a row of the permissions (`libs/access`), or `nothing`; a route without it answers nobody.
 * Whoever may not do it is refused before the body is read, and once more by the guard, who may have been let in by then
 * with a key that is revoked.
 */
export const Needs = (action: string) =>
  applyDecorators(SetMetadata(needed, action), RouteConfig(action === 'nothing' ? {} : { needs: action }));

/** Lets a request in if its key may do what the route does. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly callers: Callers,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const action = this.reflector.get<string | undefined>(needed, context.getHandler());
    if (action === undefined) throw new Error(`${context.getClass().name}: a route without @Needs`);
    if (action === 'nothing') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.callers.admit(request, action);
    return true;
  }
}

/** Hands the caller to a route. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('a route asks who calls, but lets anybody in');
  return caller;
});
