import { DirectoryView } from '#directory/domain/directory.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { limitsDecider } from '../domain/limits.js';
import { limitsEvent, limitsStreamOf } from '../domain/limits.events.js';
import { LimitsView } from '../domain/limits.view.js';
import { SetLimits } from './limits.commands.js';

const decider = { ...limitsDecider, event: limitsEvent };

export const limitsHandlers = decidedBy(
  decider,
  [SetLimits],
  [DirectoryView, LimitsView],
  (command, directory, view) => {
    const { groupId } = command.data;
    if (!directory.hasScope(groupId)) return unknownGroup;
    return { stream: limitsStreamOf(groupId), command, inView: () => view.scope(groupId), isThere: () => true };
  },
);
