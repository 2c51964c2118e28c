import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { FormatLevel } from '#event-sourcing/feed/format-level.js';
import { formatOfLabels } from '#event-sourcing/format/format.js';
import { organisationDecider } from '../domain/organisation.js';
import { organisationEvent } from '../domain/organisation.events.js';
import { OrganisationView } from '../domain/organisation.view.js';
import { settingsRefusal } from '../domain/settings.js';
import { ConfigureOrganisation, FixOrganisation } from './organisation.commands.js';

const decider = { ...organisationDecider, event: organisationEvent };

export const organisationHandlers = decidedBy(
  decider,
  [ConfigureOrganisation, FixOrganisation],
  [OrganisationView, FormatLevel],
  async (command, view, format) => {
    if (command instanceof ConfigureOrganisation && choosesLabels(command)) {
      await format.raise(formatOfLabels, command.meta.actor);
    }
    return { stream: 'organisation', command, inView: view.streamState, isThere: () => true };
  },
);

/** Whether the log may be about to hold labels. */
const choosesLabels = ({ data }: ConfigureOrganisation): boolean =>
  data.labelKeys !== undefined && data.labelKeys.length > 0 && settingsRefusal(data) === undefined;
