import { setTimeout as wait } from 'node:timers/promises';

/** A server-sent event as a client gets it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

const patienceMs = 10_000;

/** Listens to a stream of server-sent events, and collects what comes. */
export const listen = async (url: string, key: string, lastEventId?: string) => {
  const stopped = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
    signal: stopped.signal,
  });
  const received: ReceivedEvent[] = [];
  const ended = read(response, received);

  return {
    response,
    received,
    /** Resolves when the server has ended the stream. */
    ended,
    /** The first so many events, when they are there. */
    async first(count: number): Promise<readonly ReceivedEvent[]> {
      const until = Date.now() + patienceMs;
      while (received.length < count && Date.now() < until) await wait(5);
      if (received.length < count) throw new Error(`only ${String(received.length)} of ${String(count)} events came`);
      return received.slice(0, count);
    },
    async stop(): Promise<void> {
      stopped.abort();
      await ended;
    },
  };
};

const read = async ({ body }: Response, received: ReceivedEvent[]): Promise<void> => {
  if (body === null) return;
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      received.push(...blocks.filter((block) => block.includes('data: ')).map(parsed));
    }
  } catch {
    // The listener has stopped it.
  }
};

const parsed = (block: string): ReceivedEvent => {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '') };
};
