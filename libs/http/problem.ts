/** What is wrong with one field of a request. */
export interface FieldProblem {
  readonly path: string;
  readonly code: string;
  readonly detail: string;
}

/**
 * Problem details: an error the caller is told about, as a problem document (RFC 9457). `code` is stable and part of
 * the API.
 */
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

const wrongType = new Problem(
  415,
  'unsupportedMediaType',
  'Send application/json, or CloudEvents as application/cloudevents+json or application/cloudevents-batch+json.',
);
const tooLarge = new Problem(
  413,
  'bodyTooLarge',
  'The body is larger than this route takes, as it is sent or inflated: 64 KiB, or 8 MiB of metering; send less at a time.',
);
export const bodyProblems = { tooLarge, wrongType } as const;

export const notFound = new Problem(404, 'notFound', 'There is nothing at this path; /docs lists what there is.');
export const tooSlow = new Problem(408, 'requestTimeout', 'The request did not come to its end; send it again.');
export const unreadable = new Problem(400, 'badRequest', 'The request cannot be understood.');

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
