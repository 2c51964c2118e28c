import type { StoredEvent } from '#event-sourcing/ports/event-log.js';

/** An event as the log gives it back, for views that are tested alone. */
export const stored = (
  { type, data }: { readonly type: string; readonly data: object },
  {
    position = 1,
    revision = 0,
    at = '2026-11-20T00:00:00.000Z',
  }: { position?: number; revision?: number; at?: string } = {},
): StoredEvent => ({
  position,
  stream: 'test',
  revision,
  id: `event-${String(position)}`,
  type,
  data,
  meta: { commandId: `command-${String(position)}`, now: at, actor: 'system:test', reason: '' },
  recordedAtMs: Date.parse(at),
});
