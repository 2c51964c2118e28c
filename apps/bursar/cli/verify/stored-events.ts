import { z } from 'zod';
import { accessEvent } from '#domain/access/access.events.js';
import { capsEvent } from '#domain/caps/caps.events.js';
import { auditEvent } from '#domain/audit/audit.events.js';
import { alertEvent } from '#domain/alerts/alerts.events.js';
import { directoryEvent } from '#domain/directory/directory.events.js';
import { formatRaised } from '#domain/format/format.events.js';
import { fanOutsDenied } from '#domain/fan-out/denials.events.js';
import { fanOutEvent } from '#domain/fan-out/fan-out.events.js';
import { grantedWithoutStore } from '#domain/fan-out/without-store.events.js';
import { limitsEvent } from '#domain/fan-out/limits.events.js';
import { correctionEvent, recordsMetered, taskFinished } from '#domain/metering/metering.events.js';
import { organisationEvent } from '#domain/organisation/organisation.events.js';
import { periodEvent } from '#domain/periods/periods.events.js';
import { pricesEvent } from '#domain/prices/prices.events.js';
import type { StoredEvent } from '#ports/event-log.js';
import { encodeEvent } from '#ports/propose-event.js';
import { told } from './findings.js';
import type { Findings } from './findings.js';

/** The one schema of every event type there is. */
const schemas: ReadonlyMap<string, z.ZodType<{ type: string; data: object }>> = new Map(
  [
    recordsMetered,
    taskFinished,
    ...correctionEvent.options,
    ...organisationEvent.options,
    ...pricesEvent.options,
    ...directoryEvent.options,
    ...alertEvent.options,
    ...accessEvent.options,
    ...capsEvent.options,
    ...periodEvent.options,
    auditEvent,
    ...fanOutEvent.options,
    fanOutsDenied,
    grantedWithoutStore,
    limitsEvent,
    formatRaised,
  ].map((schema) => [schema.shape.type.value, schema]),
);

const metaSchema = z.strictObject({
  commandId: z.string().min(1),
  now: z.iso.datetime(),
  actor: z.string().min(1),
  reason: z.string(),
});

/** Looks at every event by itself and at its place among the others. Checksums are the log's own business. */
export const createEventCheck = (findings: Findings) => {
  const lastOf = new Map<string, { readonly revision: number; readonly position: number }>();
  const unknownTypes = new Set<string>();
  let previous: StoredEvent | undefined;
  let index = 0;

  const checkPlace = ({ position, stream, revision }: StoredEvent): void => {
    const expected = { position: (previous?.position ?? 0) + 1, revision: (lastOf.get(stream)?.revision ?? -1) + 1 };
    if (position !== expected.position) findings.add('a gap in the log', told(expected.position, position));
    if (revision !== expected.revision) {
      findings.add(`a gap in ${stream} at position ${String(position)}`, told(expected.revision, revision));
    }
    lastOf.set(stream, { revision, position });
  };

  // The events of one command stand next to each other in one stream, and count from 0.
  const checkId = (event: StoredEvent): void => {
    const { type, data, meta, id, position } = event;
    const goesOn = previous?.stream === event.stream && previous.meta.commandId === meta.commandId;
    const first = encodeEvent(meta.commandId, 0, { type, data }, meta).id;
    index = goesOn && id !== first ? index + 1 : 0;
    const expected = index === 0 ? first : encodeEvent(meta.commandId, index, { type, data }, meta).id;
    if (id !== expected) findings.add(`the id of the event at position ${String(position)}`, told(expected, id));
  };

  return {
    /** The event as its schema reads it; undefined if its type is unknown or it does not fit. */
    check(event: StoredEvent): StoredEvent | undefined {
      checkPlace(event);
      const schema = schemas.get(event.type);
      if (schema === undefined) unknownTypes.add(event.type);
      const meta = metaSchema.safeParse(event.meta);
      const parsed = schema?.safeParse({ type: event.type, data: event.data });
      for (const error of [meta.error, parsed?.error]) {
        if (error !== undefined) {
          findings.add(`${event.type} at position ${String(event.position)} does not fit its schema: ${brief(error)}`);
        }
      }
      if (meta.success) checkId(event);
      previous = event;
      return parsed?.success === true ? { ...event, data: parsed.data.data } : undefined;
    },

    /** Types that no schema knows: written by a later version, and left alone by this one. */
    unknownTypes: (): readonly string[] => [...unknownTypes].sort(),
    /** The last event of each stream. */
    lastOf: (): ReadonlyMap<string, { readonly revision: number; readonly position: number }> => lastOf,
  };
};

const brief = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.')} ${message}`)
    .join('; ');
