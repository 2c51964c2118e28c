import { millisecondsInMinute } from 'date-fns/constants';
import { z } from 'zod';
import type { RunningService } from './service.js';

/** An answer of the API, with its body as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const problem = z.object({ code: z.string() });
const spend = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  totalMicros: z.number(),
  records: z.number(),
  unpricedMicros: z.number(),
  provisional: z.boolean(),
  asOf: z.object({ position: z.string(), at: z.string() }),
});
const ingest = z.object({
  accepted: z.number(),
  duplicates: z.number(),
  rejected: z.array(z.object({ index: z.number(), id: z.string().nullable(), code: z.string(), detail: z.string() })),
  position: z.string(),
});

/** Calls a service as a script would. */
export const apiOf = (service: Pick<RunningService, 'url' | 'ownerKey'>, key = service.ownerKey) => {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
  return {
    call,
    get: (path: string) => call('GET', `/api/v1${path}`),
    put: (path: string, body: unknown, headers?: Record<string, string>) =>
      call('PUT', `/api/v1${path}`, body, headers),
    post: (path: string, body: unknown, headers?: Record<string, string>) =>
      call('POST', `/api/v1${path}`, body, headers),
    /** Meters records and answers what became of them; throws if the request itself was refused. */
    meter: async (records: unknown, headers?: Record<string, string>) =>
      ingest.parse((await call('POST', '/api/v1/metering', records, headers)).body),
    spend: async (query: string) => spend.parse((await call('GET', `/api/v1/spend?${query}`)).body),
  };
};
export type Api = ReturnType<typeof apiOf>;

/** The stable code of a problem answer. */
export const codeOf = (answer: Answer): string => problem.parse(answer.body).code;

/** A record that is in order; each call gives another identity. */
export const recordWith = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  source: 'test',
  id: `r-${String(++recordsMade)}`,
  taskId: 't-1',
  userId: 'u-1',
  groupId: 'eng',
  occurredAt: new Date(Date.now() - millisecondsInMinute).toISOString(),
  costMicros: 1_000,
  ...changes,
});
let recordsMade = 0;
