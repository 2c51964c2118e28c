import { z } from 'zod';
import { holidays, type OrganisationEvent, unknownGroupRules } from './organisation.events.js';
import { type Organisation, organisationDecider } from './organisation.js';

/** The organisation as it is now, with the history of its dated settings. */
export interface OrganisationView {
  /** @param revision the event's place in the stream `organisation` */
  apply(event: OrganisationEvent, revision: number): void;
  organisation(): Organisation;
  /** Revision of the last event, -1 while nobody has chosen anything. */
  revision(): number;
  /** JSON-native, for a snapshot. */
  save(): object;
  /** Replaces everything by what `save` gave. Throws when it is something else. */
  load(saved: object): void;
}

export const organisationView = (): OrganisationView => {
  let organisation = organisationDecider.initial;
  let revision = -1;
  return {
    apply(event, at) {
      organisation = organisationDecider.evolve(organisation, event);
      revision = at;
    },
    organisation: () => organisation,
    revision: () => revision,
    save: () => ({ organisation, revision }),
    load(saved) {
      ({ organisation, revision } = savedOrganisation.parse(saved));
    },
  };
};

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
    fixed: z.boolean(),
  }),
});
