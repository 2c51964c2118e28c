import { ChangeKind } from '#event-sourcing/changes.js';

/** Ids of groups of which something else than spend has changed: name, members, policy, cap or alerts. */
export const groupChanges = new ChangeKind('group');
