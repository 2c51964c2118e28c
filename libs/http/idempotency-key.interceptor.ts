import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { callerOf } from './caller.js';
import { metaOf } from './command.js';

/**
 * Keyed mutex: carries out commands that came with one `Idempotency-Key` one after another, whatever they are about.
 */
@Injectable()
export class IdempotencyKeyInterceptor implements NestInterceptor {
  constructor(private readonly keyedMutex: KeyedMutex) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.method === 'GET' || request.headers['idempotency-key'] === undefined) return next.handle();
    const { commandId } = metaOf(request, callerOf(request)?.actor ?? 'nobody');
    return from(this.keyedMutex.run(commandId, () => lastValueFrom(next.handle(), { defaultValue: undefined })));
  }
}
