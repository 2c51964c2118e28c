import { z } from 'zod';
import { type Calendar, calendarOf } from '#kernel/calendar.js';
import type { FoldContext } from '#event-sourcing/fold-context.js';
import { View } from '#event-sourcing/view.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { holidays, isOrganisationEvent, organisationEventTypes, unknownGroupRules } from './organisation.events.js';
import { type Organisation, organisationDecider } from './organisation.js';

/** The organisation as it is now, with the history of its dated settings. */
export class OrganisationView extends View {
  readonly name = 'organisation';
  readonly handles = organisationEventTypes;
  #organisation: Organisation = organisationDecider.initial;
  #revision = -1;

  apply(event: StoredEvent, at: FoldContext): void {
    if (!isOrganisationEvent(event)) return;
    this.#organisation = organisationDecider.evolve(this.#organisation, event);
    this.#revision = event.revision;
    at.changes.addEverything();
  }

  /** What commands are decided on. */
  streamState = () => ({ state: this.#organisation, revision: this.#revision });
  organisation = (): Organisation => this.#organisation;
  /** Revision of the last event, -1 while nobody has chosen anything. */
  revision = (): number => this.#revision;
  /** The organisation's calendar. Its zone does not change once there are records. */
  calendar = (): Calendar => calendarOf(this.#organisation.timeZone);

  save(): object {
    const { labelKeys, pastLabelKeys, ...others } = this.#organisation;
    // Left out where nobody has chosen any: earlier versions, which read such a log, do not know them.
    const labels = labelKeys.length > 0 || pastLabelKeys.length > 0 ? { labelKeys, pastLabelKeys } : {};
    return { organisation: { ...others, ...labels }, revision: this.#revision };
  }
  load(saved: object): void {
    const { organisation, revision } = savedOrganisation.parse(saved);
    this.#organisation = organisation;
    this.#revision = revision;
  }
}

const dated = <T extends z.ZodType>(value: T) =>
  z.strictObject({ initially: value, choices: z.array(z.strictObject({ from: z.string(), value })) });

const savedOrganisation = z.strictObject({
  revision: z.int(),
  organisation: z.strictObject({
    name: z.string(),
    currency: z.string(),
    timeZone: z.string(),
    weekendDays: dated(z.array(z.int())),
    holidays: dated(holidays.nullable()),
    closeDay: z.int(),
    maxRecordMicros: dated(z.int()),
    newGroupCapMicros: z.int().nullable(),
    unknownGroups: z.enum(unknownGroupRules),
    labelKeys: z.array(z.string()).default([]),
    pastLabelKeys: z.array(z.string()).default([]),
    fixed: z.boolean(),
  }),
});
