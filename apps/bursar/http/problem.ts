import { HttpException } from '@nestjs/common';
import type { z } from 'zod';
import { MoneyOverflow } from '#kernel/money.js';
import { refusalStatus } from '#kernel/refusal.js';
import type { Refusal } from '#kernel/refusal.js';
import { Contended } from '#application/commands/contended.js';
import { Overloaded } from '#application/metering/ingest.js';
import { LogFailure } from '#ports/event-log.js';

/** What is wrong with one field of a request. */
export interface FieldProblem {
  readonly path: string;
  readonly code: string;
  readonly detail: string;
}

/** An error the caller is told about, as a problem document (RFC 9457). `code` is stable and part of the API. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly more: { readonly errors?: readonly FieldProblem[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(detail);
  }
}

export const problemOfRefusal = ({ code, detail }: Refusal): Problem => new Problem(refusalStatus[code], code, detail);

/** Whatever was thrown, as what the caller is told. An unexpected error is a bug: it says nothing of its inside. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof Contended) {
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
  if (error instanceof MoneyOverflow) {
    return new Problem(
      422,
      'totalOutOfRange',
      'A total passes 2^53 - 1 micros and is not rounded; ask for a shorter range.',
    );
  }
  const known =
    error instanceof Error && 'code' in error && typeof error.code === 'string'
      ? fastifyProblems[error.code]
      : undefined;
  if (known !== undefined) return known;
  if (error instanceof HttpException) return httpProblems[error.getStatus()] ?? unreadable;
  return new Problem(500, 'internal', 'Something went wrong on our side; the request id finds it in the log.');
};

const wrongType = new Problem(
  415,
  'unsupportedMediaType',
  'Send application/json, or CloudEvents as application/cloudevents+json or application/cloudevents-batch+json.',
);
const tooLarge = new Problem(413, 'bodyTooLarge', 'A body may hold 16 MiB, also after inflating; send less at a time.');
export const bodyProblems = { tooLarge, wrongType } as const;

const fastifyProblems: Readonly<Record<string, Problem | undefined>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: wrongType,
  FST_ERR_CTP_EMPTY_TYPE: wrongType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: new Problem(
    400,
    'bodyIncomplete',
    'The body is shorter or longer than its Content-Length says.',
  ),
  FST_ERR_BAD_URL: new Problem(400, 'badUrl', 'The URL cannot be decoded.'),
  FST_ERR_MAX_PARAM_LENGTH: new Problem(404, 'notFound', 'An id has at most 255 characters.'),
};

export const notFound = new Problem(404, 'notFound', 'There is nothing at this path; /docs lists what there is.');

/** What Nest says by itself, before a route is reached. */
const httpProblems: Readonly<Record<number, Problem | undefined>> = {
  404: notFound,
  413: tooLarge,
  415: wrongType,
};
export const unreadable = new Problem(400, 'badRequest', 'The request cannot be understood.');

/** What the parser of HTTP says, before there is a request; by its code. */
export const clientProblems: Readonly<Record<string, Problem | undefined>> = {
  HPE_HEADER_OVERFLOW: new Problem(431, 'headersTooLarge', 'The headers of a request may hold 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(408, 'requestTimeout', 'The request did not come to its end; send it again.'),
};

const titles: Readonly<Record<number, string | undefined>> = {
  400: 'Bad request',
  401: 'Who are you?',
  403: 'Not allowed',
  404: 'Not found',
  408: 'Too slow',
  409: 'Conflict',
  412: 'Changed since you read it',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be answered',
  429: 'Too many',
  431: 'Too large',
  500: 'Internal error',
  503: 'Not available',
};

/** The body of a problem answer. */
export const problemDocument = ({ status, code, detail, more }: Problem) => ({
  type: `urn:bursar:problem:${code}`,
  title: titles[status] ?? 'Error',
  status,
  code,
  detail,
  ...(more.errors !== undefined && { errors: more.errors }),
});

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
