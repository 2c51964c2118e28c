import { BursarError } from './bursar-error.js';
import type { ClientClock } from './clock.js';
import { isObject } from './json-fields.js';

/** As much of `fetch` as is used here. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
    readonly redirect: 'error';
  },
) => Promise<{ readonly status: number; readonly headers: Pick<Headers, 'get'>; text(): Promise<string> }>;

/** Where the service is, and how it is talked to. */
export interface Connection {
  /** Of the service, without a path. */
  readonly url: string;
  readonly key: string;
  readonly fetch: Fetch;
  readonly clock: ClientClock;
}

/** The service answers within seconds, or it hangs; a lease must not run out meanwhile without another try. */
const longestAnswerMs = 10_000;

/**
 * Sends one request, once.
 *
 * @param path below `/api/v1`
 * @returns the body of the answer
 * @throws BursarError, and nothing else
 */
export const post = async (connection: Connection, path: string, body: unknown): Promise<unknown> => {
  const { status, headers, text } = await exchange(connection, path, jsonOf(body));
  const answer = jsonIn(text);
  if (status >= 200 && status < 300 && answer !== undefined) return answer;
  throw refusal(status, answer, headers.get('retry-after'));
};

interface Answer {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly text: string;
}

const exchange = async ({ url, key, fetch, clock }: Connection, path: string, body: string): Promise<Answer> => {
  const over = new AbortController();
  const send = async (): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: over.signal,
      redirect: 'error',
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const tooLate = clock.sleep(longestAnswerMs, over.signal).then(() => 'tooLate' as const);
  try {
    const first = await Promise.race([send(), tooLate]);
    if (first !== 'tooLate') return first;
  } catch (error) {
    throw new BursarError(0, 'unreachable', `There is no answer from ${url} (${reasonOf(error)}).`, undefined, {
      cause: error,
    });
  } finally {
    over.abort();
  }
  throw new BursarError(0, 'noAnswerInTime', `${url} did not answer within ${String(longestAnswerMs / 1_000)} s.`);
};

const refusal = (status: number, answer: unknown, retryAfter: string | null): BursarError => {
  // The other form, a date, would need the wall clock of the other side.
  const seconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  const { code, detail } = isObject(answer) ? answer : {};
  if (typeof code === 'string' && typeof detail === 'string') return new BursarError(status, code, detail, seconds);
  return new BursarError(status, 'unreadableAnswer', 'What answers there does not answer like Bursar.', seconds);
};

const jsonOf = (body: unknown): string => {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new BursarError(0, 'notSendable', 'This cannot be written as JSON.', undefined, { cause: error });
  }
};

const jsonIn = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

/** fetch hides what happened in the cause of its error. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};
