import { HttpException } from '@nestjs/common';
import type { z } from 'zod';
import type { Refusal } from '#kernel/refusal.js';
import { ConcurrencyConflict } from '#event-sourcing/commands/concurrency-conflict.js';
import { NewerFormat } from '#event-sourcing/feed/newer-format.js';
import { Overloaded } from '#event-sourcing/overloaded.js';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { isDerivedDataDamage } from '#event-sourcing/ports/derived-data-damage.js';
import { bodyProblems, notFound, Problem, tooSlow, unreadable } from './problem.js';
import type { FieldProblem } from './problem.js';
import { type RefusalCode, refusalStatus } from './refusal-status.js';

export const problemOfRefusal = ({ code, detail }: Refusal<RefusalCode>): Problem =>
  new Problem(refusalStatus[code], code, detail);

/** Whatever was thrown, as what the caller is told. An unexpected error is a bug: it says nothing of its inside. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof ConcurrencyConflict) {
    return new Problem(
      503,
      'contended',
      'Others changed the same again and again; nothing was stored, send it again.',
      {
        retryAfterSeconds: 1,
      },
    );
  }
  if (error instanceof Overloaded) {
    return new Problem(429, 'overloaded', 'Too much is under way; wait and send the same again.', {
      retryAfterSeconds: 1,
    });
  }
  if (error instanceof LogFailure && error.code === 'unavailable') {
    return new Problem(
      503,
      'logUnavailable',
      'The event log does not answer; nothing is acknowledged. What was sent may be stored or not: send the same again.',
      { retryAfterSeconds: 5 },
    );
  }
  if (error instanceof LogFailure) {
    return new Problem(503, 'logUnavailable', 'The event log cannot be written or read; nothing is acknowledged.', {
      retryAfterSeconds: 5,
    });
  }
  if (isDerivedDataDamage(error)) {
    return new Problem(
      503,
      'notReady',
      'What is kept of the views is damaged; the service ends, and makes it anew from the log at its next start.',
      { retryAfterSeconds: 5 },
    );
  }
  if (error instanceof NewerFormat) return new Problem(503, 'notReady', error.message, { retryAfterSeconds: 5 });
  const known =
    error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? fastifyProblems[error.code]
      : undefined;
  if (known !== undefined) return known;
  if (error instanceof HttpException) return httpProblems[error.getStatus()] ?? unreadable;
  return new Problem(500, 'internal', 'Something went wrong on our side; the request id finds it in the log.');
};

const fastifyProblems: Readonly<Record<string, Problem | undefined>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyProblems.tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: bodyProblems.wrongType,
  FST_ERR_CTP_EMPTY_TYPE: bodyProblems.wrongType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: new Problem(
    400,
    'bodyIncomplete',
    'The body is shorter or longer than its Content-Length says.',
  ),
  FST_ERR_BAD_URL: new Problem(400, 'badUrl', 'The URL cannot be decoded.'),
  FST_ERR_MAX_PARAM_LENGTH: new Problem(404, 'notFound', 'An id has at most 255 characters.'),
};

/** What Nest says by itself, before a route is reached. */
const httpProblems: Readonly<Record<number, Problem | undefined>> = {
  404: notFound,
  413: bodyProblems.tooLarge,
  415: bodyProblems.wrongType,
};

/** What the parser of HTTP says, before there is a request; by its code. */
export const clientProblems: Readonly<Record<string, Problem | undefined>> = {
  HPE_HEADER_OVERFLOW: new Problem(431, 'headersTooLarge', 'The headers of a request may hold 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
};

/** An answer stays small, whatever was sent. */
const mostErrors = 100;

/** What a schema found, as a problem: one entry per field, the first one's code for the whole; of many the first 100. */
export const problemOfIssues = (issues: readonly z.core.$ZodIssue[]): Problem => {
  const errors = issues.flatMap(fieldProblems).slice(0, mostErrors);
  const [first] = errors;
  return new Problem(400, first.code, `${first.path === '' ? 'The request' : first.path}: ${first.detail}`, { errors });
};

const fieldProblems = (issue: z.core.$ZodIssue): readonly FieldProblem[] => {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      code: 'unknownField',
      detail: 'is not a field here',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined');
  return [{ path, code: missing ? 'missingField' : 'invalidValue', detail: issue.message }];
};
