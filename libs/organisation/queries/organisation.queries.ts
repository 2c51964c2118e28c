import { Query } from '@nestjs/cqrs';
import type { Calendar } from '#kernel/calendar.js';
import { answeredBy } from '#event-sourcing/queries/answered-by.js';
import type { Organisation } from '../domain/organisation.js';
import { OrganisationView } from '../domain/organisation.view.js';

interface OrganisationAtRevision {
  readonly organisation: Organisation;
  /** For `If-Match`; -1 while nobody has chosen anything. */
  readonly revision: number;
}

/** The organisation as it is now, with the history of its dated settings. */
export class GetOrganisation extends Query<OrganisationAtRevision> {}

/** What the organisation cuts days and months with. */
export class GetCalendar extends Query<Calendar> {}

export const organisationQueryHandlers = [
  answeredBy(GetOrganisation, [OrganisationView], (_, view) => ({
    organisation: view.organisation(),
    revision: view.revision(),
  })),
  answeredBy(GetCalendar, [OrganisationView], (_, view) => view.calendar()),
];
