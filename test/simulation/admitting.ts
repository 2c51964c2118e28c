import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import { AdmissionControl, type Requester } from '#fan-out/commands/admission-control.js';
import { DenialLog } from '#fan-out/commands/denial-log.js';
import type { FanOutRequest } from '#fan-out/commands/fan-out-request.js';
import { ReleaseLease, RenewLease, RequestFanOut } from '#fan-out/commands/fan-outs.commands.js';
import { FailOpenGrants } from '#fan-out/commands/fail-open-grants.js';
import { CheckFanOut } from '#fan-out/queries/fan-outs.queries.js';
import { SetLimits } from '#fan-out/commands/limits.commands.js';
import type { CommandMeta } from '#kernel/decider.js';
import type { LimitChanges } from '#fan-out/domain/limits.js';
import { type Disk, startProcess } from './process.js';

export type Admitting = Awaited<ReturnType<typeof startAdmitting>>;

/** Says over the buses what schedulers say. */
export const fanOutsOver = (commands: CommandBus, queries: QueryBus) => ({
  ask: (request: FanOutRequest, asker: Requester) => commands.execute(new RequestFanOut(request, asker)),
  check: (request: FanOutRequest, asker: Requester) => queries.execute(new CheckFanOut(request, asker)),
  renew: (fanOutId: string, remainingItems: number | undefined, leaseSeconds: number | undefined, asker: Requester) =>
    commands.execute(new RenewLease(fanOutId, { remainingItems, leaseSeconds }, asker)),
  release: (fanOutId: string, asker: Requester) => commands.execute(new ReleaseLease(fanOutId, asker)),
});

/** A process that answers schedulers, without its sagas. */
export const startAdmitting = async (disk: Disk, whenUnavailable: 'deny' | 'allow' = 'deny') => {
  const process = await startProcess({ ...disk, grantsWithoutStore: whenUnavailable === 'allow' });
  const { get, bus, queries } = process;
  return {
    ...process,
    desk: get(AdmissionControl),
    denials: get(DenialLog),
    withoutStore: get(FailOpenGrants),
    fanOuts: fanOutsOver(bus, queries),
    limits: {
      set: (groupId: string | null, limits: LimitChanges, meta: CommandMeta) =>
        bus.execute(new SetLimits({ groupId, limits }, meta)),
    },
  };
};
