import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CommandMeta } from '#kernel/decider.js';
import { isRefusal } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import type { Precondition, Tags } from '#event-sourcing/commands/precondition.js';
import { callerOf } from './caller.js';
import { Problem } from './problem.js';
import { problemOfRefusal } from './problem-of.js';
import type { RefusalCode } from './refusal-status.js';

const maxKeyLength = 255;
const maxReasonLength = 1_000;

/** What a command carries besides its data, as far as the request says; the clock adds `nowMs`. */
export type RequestedMeta = Omit<CommandMeta, 'nowMs'>;

/** The command's id, actor and reason. `Idempotency-Key` makes the id; `X-Reason` or `reason` in the body the reason. */
export const metaOf = (request: FastifyRequest, actor: string): RequestedMeta => ({
  commandId: commandIdOf(request, actor),
  actor,
  reason: reasonOf(request),
});

/** Hands it to a route. */
export const Meta = createParamDecorator((_: unknown, context: ExecutionContext): RequestedMeta => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return metaOf(request, callerOf(request)?.actor ?? 'nobody');
});

/** Hands a route what `If-Match` and `If-None-Match` demand. */
export const Preconditions = createParamDecorator((_: unknown, context: ExecutionContext): Precondition => {
  const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
  const [ifMatch, ifNoneMatch] = [tagsIn(headers['if-match']), tagsIn(headers['if-none-match'])];
  if (ifMatch?.length === 0) throw new Problem(412, 'staleVersion', 'If-Match is not an ETag that Bursar gave out.');
  if (ifNoneMatch?.length === 0) throw new Problem(400, 'invalidValue', 'If-None-Match is * or a list of ETags.');
  return { ...(ifMatch && { ifMatch }), ...(ifNoneMatch && { ifNoneMatch }) };
});

// A proxy that compresses answers makes weak ETags of strong ones: they mean the same.
const tagsIn = (header: string | undefined): Tags | undefined => {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  const isList = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/.test(header);
  return isList ? [...header.matchAll(/"([^"]*)"/g)].map(([, tag]) => tag) : [];
};

export const setETag = (reply: FastifyReply, revision: number): void => {
  void reply.header('etag', `"${String(revision)}"`);
};

/** The outcome of a command, or the refusal thrown for the error filter. */
export const orThrow = <T>(outcome: T | Refusal<RefusalCode>): T => {
  if (isRefusal(outcome)) throw problemOfRefusal(outcome);
  return outcome;
};

// The first half is spent once, the second tells a repeat from a misuse (`idempotency-keys.view.ts`).
const commandIdOf = (request: FastifyRequest, actor: string): string => {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return request.id;
  if (typeof key !== 'string' || key.length === 0 || key.length > maxKeyLength) {
    throw new Problem(400, 'invalidIdempotencyKey', `An Idempotency-Key has 1 to ${String(maxKeyLength)} characters.`);
  }
  return `key-${hash(`${actor}\n${key}`)}:${hash(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)}`;
};

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const reasonOf = ({ headers, body }: FastifyRequest): string => {
  const inBody = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
  const inHeader = headers['x-reason'];
  // An empty header says nothing: it does not hide the reason in the body.
  const reason = typeof inHeader === 'string' && inHeader !== '' ? headerText(inHeader) : (inBody ?? '');
  if (typeof reason !== 'string' || reason.length > maxReasonLength || !reason.isWellFormed()) {
    throw new Problem(400, 'invalidReason', `A reason is a text of at most ${String(maxReasonLength)} characters.`);
  }
  return reason;
};

/** Node reads headers as Latin-1, and nearly everybody writes them as UTF-8. */
const headerText = (header: string): string => {
  const bytes = Buffer.from(header, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : header;
};
