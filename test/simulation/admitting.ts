import { CapsCommands } from '#application/caps/caps.commands.js';
import { AdmissionDesk } from '#application/fan-out/admission-desk.js';
import { DenialLog } from '#application/fan-out/denial-log.js';
import { FanOuts } from '#application/fan-out/fan-outs.js';
import { GrantsWithoutStore } from '#application/fan-out/grants-without-store.js';
import { LimitsCommands } from '#application/fan-out/limits.commands.js';
import { Standings } from '#application/fan-out/standings.js';
import { WithoutStoreLog } from '#application/fan-out/without-store-log.js';
import { type Disk, startProcess } from './process.js';

export type Admitting = Awaited<ReturnType<typeof startAdmitting>>;

/** A process that answers schedulers, without its sagas. */
export const startAdmitting = async (disk: Disk, whenUnavailable: 'deny' | 'allow' = 'deny') => {
  const process = await startProcess(disk);
  const { get, views } = process;
  const withoutStore = new GrantsWithoutStore(
    views.admissions,
    views.fold,
    get(Standings),
    get(WithoutStoreLog),
    disk.clock,
    whenUnavailable === 'allow',
  );
  process.provide(GrantsWithoutStore, withoutStore);
  return {
    ...process,
    desk: get(AdmissionDesk),
    denials: get(DenialLog),
    withoutStore,
    fanOuts: get(FanOuts),
    limits: get(LimitsCommands),
    caps: get(CapsCommands),
  };
};
