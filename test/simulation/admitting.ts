import { AdmissionControl } from '#fan-out/commands/admission-control.js';
import { DenialLog } from '#fan-out/commands/denial-log.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { FailOpenGrants } from '#fan-out/commands/fail-open-grants.js';
import { SetLimits } from '#fan-out/commands/limits.commands.js';
import type { CommandMeta } from '#kernel/decider.js';
import type { LimitChanges } from '#fan-out/domain/limits.js';
import { type Disk, startProcess } from './process.js';

export type Admitting = Awaited<ReturnType<typeof startAdmitting>>;

/** A process that answers schedulers, without its sagas. */
export const startAdmitting = async (disk: Disk, whenUnavailable: 'deny' | 'allow' = 'deny') => {
  const process = await startProcess({ ...disk, grantsWithoutStore: whenUnavailable === 'allow' });
  const { get, bus } = process;
  return {
    ...process,
    desk: get(AdmissionControl),
    denials: get(DenialLog),
    withoutStore: get(FailOpenGrants),
    fanOuts: get(FanOuts),
    limits: {
      set: (groupId: string | null, limits: LimitChanges, meta: CommandMeta) =>
        bus.execute(new SetLimits({ groupId, limits }, meta)),
    },
  };
};
