import { isRefusal } from '#kernel/refusal.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { FormatLevel } from '#event-sourcing/feed/format-level.js';
import { formatOfLabels } from '#event-sourcing/format/format.js';
import { type Organisation, organisationDecider } from '../domain/organisation.js';
import { organisationEvent } from '../domain/organisation.events.js';
import { OrganisationView } from '../domain/organisation.view.js';
import { ConfigureOrganisation, FixOrganisation } from './organisation.commands.js';

const decider = { ...organisationDecider, event: organisationEvent };

export const organisationHandlers = decidedBy(
  decider,
  [ConfigureOrganisation, FixOrganisation],
  [OrganisationView, FormatLevel],
  async (command, view, format) => {
    const { state } = view.streamState();
    if (command instanceof ConfigureOrganisation && choosesLabels(command, state)) {
      await format.raise(formatOfLabels, command.meta.actor);
    }
    return { stream: 'organisation', command, inView: view.streamState, isThere: () => true };
  },
);

/** Whether the log is about to hold labels, as far as the view knows. */
const choosesLabels = (command: ConfigureOrganisation, organisation: Organisation): boolean =>
  command.data.labelKeys !== undefined &&
  command.data.labelKeys.length > 0 &&
  !isRefusal(organisationDecider.decide(command, organisation));
