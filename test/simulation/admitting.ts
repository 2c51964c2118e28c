import { CapsCommands } from '#caps/commands/caps.commands.js';
import { AdmissionControl } from '#fan-out/commands/admission-control.js';
import { DenialLog } from '#fan-out/commands/denial-log.js';
import { FanOuts } from '#fan-out/commands/fan-outs.js';
import { FailOpenGrants } from '#fan-out/commands/fail-open-grants.js';
import { LimitsCommands } from '#fan-out/commands/limits.commands.js';
import { type Disk, startProcess } from './process.js';

export type Admitting = Awaited<ReturnType<typeof startAdmitting>>;

/** A process that answers schedulers, without its sagas. */
export const startAdmitting = async (disk: Disk, whenUnavailable: 'deny' | 'allow' = 'deny') => {
  const process = await startProcess({ ...disk, grantsWithoutStore: whenUnavailable === 'allow' });
  const { get } = process;
  return {
    ...process,
    desk: get(AdmissionControl),
    denials: get(DenialLog),
    withoutStore: get(FailOpenGrants),
    fanOuts: get(FanOuts),
    limits: get(LimitsCommands),
    caps: get(CapsCommands),
  };
};
