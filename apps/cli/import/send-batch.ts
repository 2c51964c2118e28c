import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { ImportFailed } from './import-errors.js';

/** The service that meters. */
export interface MeteringEndpoint {
  /** Of the metering route, with its query. */
  readonly url: string;
  readonly key: string;
  /** How long one batch is sent again while the service is busy or away. */
  readonly retryForMs: number;
}

const meteringAnswer = z.object({
  accepted: z.number(),
  duplicates: z.number(),
  rejected: z.array(z.object({ index: z.number(), id: z.string().nullish(), code: z.string(), detail: z.string() })),
});
export type BatchAnswer = z.infer<typeof meteringAnswer>;

const problem = z.object({ code: z.string(), detail: z.string() });

/** Why there is no answer yet, and when to ask again if the service said so. */
interface Postponed {
  readonly why: string;
  readonly retryAfterMs?: number;
}

/** Longest time for one request; the service answers within seconds, or it hangs. */
const requestMs = 120_000;
/** Somebody was there, and left. */
const brokenConnections = ['ECONNRESET', 'UND_ERR_SOCKET'];
const busyStatuses = [429, 502, 503, 504];
const firstPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * Makes the function that sends one batch (a JSON array of records) until it is answered. Sending again is harmless: the
 * service counts an identity once.
 *
 * @param stop aborts the waiting between two attempts, never a request
 * @returns a function that throws ImportFailed when the service says no, or is away for too long
 */
export const createSender = (service: MeteringEndpoint, stop: AbortSignal) => {
  let reached = false;

  const ask = async (body: string): Promise<BatchAnswer | Postponed> => {
    let response: Response;
    let text: string;
    try {
      const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
      const signal = AbortSignal.timeout(requestMs);
      response = await fetch(service.url, { method: 'POST', headers, body, signal, redirect: 'error' });
      reached = true;
      text = await response.text();
    } catch (error) {
      const reason = reasonOf(error);
      if (!reached && !brokenConnections.includes(reason)) throw nobodyThere(service.url, reason);
      return { why: `The service went away (${reason}).` };
    }
    if (busyStatuses.includes(response.status)) return postponed(response);
    if (!response.ok) throw new ImportFailed(refusalOf(service, response.status, text));
    const answer = meteringAnswer.safeParse(jsonIn(text));
    if (answer.success) return answer.data;
    throw new ImportFailed(`What answers at ${new URL(service.url).origin} does not answer like Bursar.`);
  };

  return async (body: string): Promise<BatchAnswer> => {
    const giveUpMs = performance.now() + service.retryForMs;
    for (let attempt = 0; ; attempt++) {
      const answer = await ask(body);
      if (!('why' in answer)) return answer;
      const pauseMs = answer.retryAfterMs ?? Math.min(firstPauseMs * 2 ** attempt, longestPauseMs);
      if (stop.aborted || performance.now() + pauseMs > giveUpMs) throw new ImportFailed(answer.why);
      await wait(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
  };
};

const postponed = (response: Response): Postponed => {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  const why = `The service is busy (${String(response.status)}).`;
  return seconds >= 0 ? { why, retryAfterMs: seconds * 1_000 } : { why };
};

const nobodyThere = (url: string, reason: string): ImportFailed =>
  new ImportFailed(
    `Nothing answers at ${new URL(url).origin} (${reason}). ` +
      'Start the service with `npm start`, or say where it is with --url or BURSAR_URL.',
  );

/** fetch hides what happened in the cause of its error. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
};

const refusalOf = (service: MeteringEndpoint, status: number, text: string): string => {
  const told = problem.safeParse(jsonIn(text));
  const said = told.success ? `${told.data.code}: ${told.data.detail}` : 'without a reason';
  const answered = `The service refused (${String(status)}, ${said}).`;
  if (status === 401) return `${answered} Give a valid key with BURSAR_KEY or --key.`;
  if (status === 403 && service.url.endsWith('allowOld=true')) return `${answered} --allow-old needs an owner key.`;
  if (status === 403) return `${answered} The key needs the role metering or owner.`;
  if (status === 413) return `${answered} Make the requests smaller with --batch.`;
  return answered;
};

const jsonIn = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};
