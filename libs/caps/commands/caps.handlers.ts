import { formatPeriod } from '#kernel/instants.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { capPolicyDecider } from '../domain/cap-policy.js';
import { capPolicyEvent, capPolicyStreamOf, capStreamOf, derivedCapEvent } from '../domain/caps.events.js';
import { CapsView } from '../domain/caps.view.js';
import { derivedCapDecider } from '../domain/derived-cap.js';
import { Caps } from '../queries/caps.js';
import { RecordCap, SetCapPolicy, TopUpCap } from './caps.commands.js';

const policies = { ...capPolicyDecider, event: capPolicyEvent };
const derivations = { ...derivedCapDecider, event: derivedCapEvent };

/** On which stream what is chosen for a scope is decided, and on what. */
const policyOf = (groupId: string | null, view: CapsView) => ({
  stream: capPolicyStreamOf(groupId),
  inView: () => view.scope(groupId),
  isThere: () => true,
});

const setCapPolicy = decidedBy(
  policies,
  [SetCapPolicy],
  [OrganisationView, DirectoryView, CapsView, Caps],
  ({ data, meta }, organisation, directory, view, caps) => {
    const { groupId } = data;
    if (!directory.hasScope(groupId)) return unknownGroup;
    const { firstShownAtMs } = view.scope(groupId);
    const period = organisation.calendar().periodOf(meta.nowMs);
    // A policy of its own ends the cap of a new group, and must not end by the way that it is enforced.
    const staysEnforced = data.settings.policy !== undefined && caps.isEnforced(groupId, period, meta.nowMs);
    const shown = { firstShownAtMs, ...(staysEnforced && { enforcementInForce: 'enforce' as const }) };
    const command = { type: 'SetCapPolicy' as const, data: { ...data, ...shown }, meta };
    return { ...policyOf(groupId, view), command };
  },
);

const topUpCap = decidedBy(
  policies,
  [TopUpCap],
  [OrganisationView, DirectoryView, CapsView],
  ({ data, meta }, organisation, directory, view) => {
    if (!directory.hasScope(data.groupId)) return unknownGroup;
    const currentPeriod = formatPeriod(organisation.calendar().periodOf(meta.nowMs));
    const command = { type: 'TopUpCap' as const, data: { ...data, currentPeriod }, meta };
    return { ...policyOf(data.groupId, view), command };
  },
);

const recordCap = decidedBy(
  derivations,
  [RecordCap],
  [CapsView, Caps],
  ({ data: { groupId, period }, nowMs }, view, caps) => {
    const data = caps.toRecord(groupId, period, nowMs);
    if (data === undefined) return undefined;
    const stream = capStreamOf(groupId, data.period);
    // Whoever has seen the same at the same position records the same.
    const commandId = `deriveCap:${stream}:${String(data.policyVersion)}:${String(data.position)}`;
    const meta = { commandId, nowMs, actor: 'system:deriveCaps', reason: '' };
    const command = { type: 'RecordCap' as const, data, meta };
    return { stream, command, inView: () => view.recordedState(groupId, data.period) };
  },
);

export const capsHandlers = [...setCapPolicy, ...topUpCap, ...recordCap];
