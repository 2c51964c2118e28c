import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { organisationDecider } from '../domain/organisation.js';
import { organisationEvent } from '../domain/organisation.events.js';
import { OrganisationView } from '../domain/organisation.view.js';
import { ConfigureOrganisation, FixOrganisation } from './organisation.commands.js';

const decider = { ...organisationDecider, event: organisationEvent };

export const organisationHandlers = decidedBy(
  decider,
  [ConfigureOrganisation, FixOrganisation],
  [OrganisationView],
  (command, view) => ({ stream: 'organisation', command, inView: view.streamState, isThere: () => true }),
);
