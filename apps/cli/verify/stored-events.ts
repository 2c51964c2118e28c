import { z } from 'zod';
import { accessEvent } from '#access/domain/access.events.js';
import { capsEvent } from '#caps/domain/caps.events.js';
import { clockConfirmed } from '#clock/domain/clock.events.js';
import { auditEvent } from '#audit/domain/audit.events.js';
import { alertEvent } from '#alerts/domain/alerts.events.js';
import { directoryEvent } from '#directory/domain/directory.events.js';
import { formatRaised } from '#event-sourcing/format/format.events.js';
import { fanOutsDenied } from '#fan-out/domain/denials.events.js';
import { fanOutEvent } from '#fan-out/domain/fan-out.events.js';
import { grantedWithoutStore } from '#fan-out/domain/without-store.events.js';
import { limitsEvent } from '#fan-out/domain/limits.events.js';
import { correctionEvent, recordsMetered, taskFinished } from '#metering/domain/metering.events.js';
import { organisationEvent } from '#organisation/domain/organisation.events.js';
import { periodEvent } from '#periods/domain/periods.events.js';
import { pricesEvent } from '#prices/domain/prices.events.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { encodeEvent } from '#event-sourcing/ports/propose-event.js';
import type { DamagedEvent, DamagedEvents } from './damaged-events.js';
import { told } from './findings.js';
import type { FindingSink } from './findings.js';

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
    clockConfirmed,
  ].map((schema) => [schema.shape.type.value, schema]),
);

const metaSchema = z.strictObject({
  commandId: z.string().min(1),
  now: z.iso.datetime(),
  actor: z.string().min(1),
  reason: z.string(),
});

const placeText = ({ position, revision, stream }: StoredEvent): string =>
  `position ${String(position)} (revision ${String(revision)} of ${stream})`;

/** Looks at every event by itself and at its place among the others. Checksums are the log's own business. */
export const createEventCheck = (findings: FindingSink, damaged: DamagedEvents) => {
  const lastOf = new Map<string, { readonly revision: number; readonly position: number }>();
  const unknownTypes = new Set<string>();
  let previous: StoredEvent | undefined;
  let index = 0;
  /** Damaged events since the previous one. */
  let skipped = 0;
  let misfits = 0;

  const checkPlace = ({ position, stream, revision }: StoredEvent): void => {
    const last = lastOf.get(stream) ?? { revision: -1, position: 0 };
    const expected = { position: (previous?.position ?? 0) + skipped + 1, revision: last.revision + 1 };
    if (position !== expected.position) findings.add('a gap in the log', told(expected.position, position));
    const missing = revision - expected.revision;
    const isExplained = missing > 0 && damaged.explain(stream, expected.revision, missing, last.position, position);
    if (missing !== 0 && !isExplained) {
      findings.add(`a gap in ${stream} at position ${String(position)}`, told(expected.revision, revision));
    }
    lastOf.set(stream, { revision, position });
  };

  // The events of one command stand next to each other in one stream, and count from 0.
  const checkId = (event: StoredEvent): void => {
    const { type, data, meta, id } = event;
    const goesOn = previous?.stream === event.stream && previous.meta.commandId === meta.commandId;
    const idAt = (place: number): string => encodeEvent(meta.commandId, place, { type, data }, meta).id;
    const next = goesOn ? index + 1 : 0;
    // Some of the same command may be among the damaged ones.
    const places = [0, ...Array.from({ length: skipped + 1 }, (_, more) => next + more)];
    const found = places.find((place) => idAt(place) === id);
    index = found ?? next;
    if (found === undefined) {
      findings.add(`the id of the event at ${placeText(event)}: it was changed`, told(idAt(next), id));
    }
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
          misfits++;
          const { type, position, revision, stream } = event;
          const place = `revision ${String(revision)} of ${stream}`;
          findings.add(
            `${type} at position ${String(position)} does not fit its schema: ${brief(error)}. It is ${place}`,
          );
        }
      }
      if (meta.success) checkId(event);
      previous = event;
      skipped = 0;
      return parsed?.success === true ? { ...event, data: parsed.data.data } : undefined;
    },

    /** An event that cannot be read. */
    skip(event: DamagedEvent): void {
      damaged.add(event);
      skipped++;
    },

    /** Whether there was one, known by its type, that could not be read as what it is. */
    hasMisfit: (): boolean => misfits > 0,

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
