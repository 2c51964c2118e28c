import { Injectable } from '@nestjs/common';
import type { CommandMeta } from '#kernel/decider.js';
import type { Period } from '#kernel/days.js';
import { formatPeriod } from '#kernel/instants.js';
import { isRefusal } from '#kernel/refusal.js';
import type { KernelCode } from '#kernel/kernel.codes.js';
import type { CapsCode } from '../domain/caps.codes.js';
import type { DirectoryCode } from '#directory/domain/directory.codes.js';
import { capPolicyDecider } from '../domain/cap-policy.js';
import { capPolicyEvent } from '../domain/caps.events.js';
import type { CapSettings } from '../domain/caps.events.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { unknownGroup } from '#directory/domain/unknown-group.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { CapsView } from '../domain/caps.view.js';
import { Commands } from '#event-sourcing/commands/execute.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { Precondition } from '#event-sourcing/commands/precondition.js';
import { Caps } from '../queries/caps.js';

const decider = { ...capPolicyDecider, event: capPolicyEvent };

/** What an admin does to the cap of a group, or of the organisation (null). A cap that changes is recorded at once. */
@Injectable()
export class CapsCommands {
  constructor(
    private readonly commands: Commands,
    private readonly organisation: OrganisationView,
    private readonly directory: DirectoryView,
    private readonly capsView: CapsView,
    private readonly caps: Caps,
  ) {}

  setPolicy(
    groupId: string | null,
    settings: Partial<CapSettings>,
    overrideFirstQuarter: boolean,
    meta: CommandMeta,
    precondition?: Precondition,
  ): Promise<Outcome<CapsCode | DirectoryCode | KernelCode>> {
    const { firstShownAtMs } = this.capsView.scope(groupId);
    const inForce = this.caps.inForce(groupId, this.organisation.calendar().periodOf(meta.nowMs), meta.nowMs);
    // A policy of its own ends the cap of a new group, and must not end by the way that it is enforced.
    const staysEnforced = settings.policy !== undefined && inForce?.settings.enforcement === 'enforce';
    const data = {
      ...{ groupId, settings, firstShownAtMs, overrideFirstQuarter },
      ...(staysEnforced && { enforcementInForce: 'enforce' as const }),
    };
    return this.execute(groupId, { type: 'SetCapPolicy', data, meta }, precondition);
  }

  topUp(
    groupId: string | null,
    period: Period,
    amountMicros: number,
    meta: CommandMeta,
    precondition?: Precondition,
  ): Promise<Outcome<CapsCode | DirectoryCode | KernelCode>> {
    const currentPeriod = formatPeriod(this.organisation.calendar().periodOf(meta.nowMs));
    const data = { groupId, period: formatPeriod(period), amountMicros, currentPeriod };
    return this.execute(groupId, { type: 'TopUpCap', data, meta }, precondition);
  }

  private async execute(
    groupId: string | null,
    command: Parameters<typeof decider.decide>[0],
    precondition?: Precondition,
  ): Promise<Outcome<CapsCode | DirectoryCode | KernelCode>> {
    if (groupId !== null && this.directory.group(groupId) === undefined) return unknownGroup;
    const stream = groupId === null ? 'organisationCapPolicy' : `capPolicy-${groupId}`;
    const outcome = await this.commands.execute(decider, stream, command, {
      ...precondition,
      isThere: () => true,
      inView: () => this.capsView.scope(groupId),
    });
    const { nowMs } = command.meta;
    // What was asked for is stored: whatever comes of the derivation, that is the answer.
    if (!isRefusal(outcome)) {
      await this.caps.recordIfPossible(groupId, this.organisation.calendar().periodOf(nowMs), nowMs);
    }
    return outcome;
  }
}
