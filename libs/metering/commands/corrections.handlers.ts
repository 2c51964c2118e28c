import { Ids } from '#directory/queries/ids.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { Feed } from '#event-sourcing/feed/feed.js';
import {
  correctionsDecider,
  type CorrectionsState,
  correctionsStream,
  jobIdOf,
  type Reattribution,
  unknownRecord,
} from '../domain/corrections.decider.js';
import { CorrectionsView } from '../domain/corrections.view.js';
import { correctionEvent } from '../domain/metering.events.js';
import { Records } from '../queries/records.js';
import { CorrectionReader } from './correction-reader.js';
import {
  AdvanceCorrection,
  BeginRerating,
  ReattributeRecords,
  RerateRange,
  VoidRecord,
} from './corrections.commands.js';

const decider = { ...correctionsDecider, event: correctionEvent };

/** Where a correction is decided, and on what: what concerns it besides where the views stand. */
const decidedOn = (view: CorrectionsView, found: () => Partial<CorrectionsState> = () => ({})) => ({
  stream: correctionsStream,
  inView: () => ({ revision: view.revision(), state: { ...correctionsDecider.initial, ...found() } }),
});

const voids = decidedBy(decider, [VoidRecord], [CorrectionsView, Records], (command, view, records) => ({
  ...decidedOn(view),
  command,
  lookUp: async (state) => {
    const standing = await records.find(command.data.source, command.data.id);
    return standing === undefined ? unknownRecord : { ...state, standing };
  },
  answer: (_, { standing }) => {
    if (standing === undefined) throw new Error('a record was voided that nobody has looked up');
    return standing;
  },
}));

const reattributions = decidedBy(
  decider,
  [ReattributeRecords],
  [CorrectionsView, Feed, DirectoryView, Ids],
  ({ data, meta }, view, feed, directory, ids) => {
    const reattribution = withFoundIds(data, ids);
    const noGroup = () => (directory.group(reattribution.groupId) === undefined ? unknownGroup : undefined);
    return {
      ...decidedOn(view, () => ({ position: feed.position, noGroup: noGroup() })),
      command: new ReattributeRecords(reattribution, meta),
      answer: () => ({ jobId: jobIdOf('reattribution', meta.commandId) }),
    };
  },
);

const reratings = decidedBy(decider, [RerateRange], [CorrectionsView, Feed], (command, view, feed) => ({
  ...decidedOn(view, () => ({ position: feed.position })),
  command,
  answer: () => ({ jobId: jobIdOf('re-rate', command.meta.commandId) }),
}));

// Two processes that decide the same at one revision make one id, so that the second finds it stored.
const systemId =
  (cause: string) =>
  (revision: number): string =>
    `${cause}#${String(revision + 1)}`;

const beginnings = decidedBy(decider, [BeginRerating], [CorrectionsView], (command, view) => {
  const { priceVersion } = command.data;
  return {
    ...decidedOn(view, () => ({ due: view.dueOf(priceVersion), job: view.ratingJobOf(priceVersion) })),
    command,
    commandIdAt: systemId(command.meta.commandId),
  };
});

const steps = decidedBy(decider, [AdvanceCorrection], [CorrectionsView, CorrectionReader], (command, view, reader) => ({
  ...decidedOn(view, () => ({ job: view.job(command.data.jobId) })),
  command,
  lookUp: async (state) => (state.job?.status === 'running' ? { ...state, step: await reader.next(state.job) } : state),
  commandIdAt: systemId(command.meta.commandId),
}));

export const correctionsHandlers = [...voids, ...reattributions, ...reratings, ...beginnings, ...steps];

/** Whatever is stored is found, and nothing is stored under another text. */
const withFoundIds = ({ filter, ...rest }: Reattribution, ids: Ids): Reattribution => {
  const { group, user, skill } = filter;
  return {
    ...rest,
    groupId: ids.found('group', rest.groupId),
    filter: {
      ...filter,
      ...(group !== undefined && { group: ids.found('group', group) }),
      ...(user !== undefined && { user: ids.found('user', user) }),
      ...(skill !== undefined && { skill: ids.found('name', skill) }),
    },
  };
};
