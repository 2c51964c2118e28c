import { millisecondsInDay } from 'date-fns/constants';
import { z } from 'zod';
import { View } from '../view.js';
import type { StoredEvent } from '../ports/event-log.js';

/** How long a command id is remembered. */
const rememberedMs = 7 * millisecondsInDay;

const savedCommands = z.strictObject({
  requests: z.array(z.tuple([z.string(), z.strictObject({ request: z.string(), spentAtMs: z.int() })])),
});

/**
 * Idempotency keys: a command id that came with an `Idempotency-Key` is `<hash of actor and key>:<hash of the request>`.
 * The first half is spent once, the second tells a repeat from a misuse.
 */
export class IdempotencyKeysView extends View {
  readonly name = 'spentCommands';
  readonly handles = 'all';
  readonly #requests = new Map<string, { readonly request: string; readonly spentAtMs: number }>();

  apply({ meta, recordedAtMs }: StoredEvent): void {
    const [key, request] = meta.commandId.split(':', 2);
    if (!isKey(key) || this.#requests.has(key)) return;
    this.#requests.set(key, { request, spentAtMs: recordedAtMs });
    // In order of insertion, so the oldest are first.
    for (const [old, { spentAtMs }] of this.#requests) {
      if (recordedAtMs - spentAtMs <= rememberedMs) break;
      this.#requests.delete(old);
    }
  }

  /** Whether the command was carried out before, or its key was used for something else. */
  verdict(commandId: string, nowMs: number): 'new' | 'repeat' | 'conflict' {
    const [key, request] = commandId.split(':', 2);
    const spent = isKey(key) ? this.#requests.get(key) : undefined;
    if (spent === undefined || nowMs - spent.spentAtMs > rememberedMs) return 'new';
    return spent.request === request ? 'repeat' : 'conflict';
  }

  save(): object {
    return { requests: [...this.#requests] };
  }
  load(saved: object): void {
    for (const [key, request] of savedCommands.parse(saved).requests) this.#requests.set(key, request);
  }
}

/** Only keys given by callers are remembered; ids that Bursar makes itself do not begin like one. */
export const isKey = (key: string): boolean => key.startsWith('key-');
