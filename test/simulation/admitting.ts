import { Caps } from '#application/caps/caps.js';
import { CapsCommands } from '#application/caps/caps.commands.js';
import { AdmissionDesk } from '#application/fan-out/admission-desk.js';
import { DenialLog } from '#application/fan-out/denial-log.js';
import { Estimates } from '#application/fan-out/estimates.js';
import { FanOuts } from '#application/fan-out/fan-outs.js';
import { GrantsWithoutStore } from '#application/fan-out/grants-without-store.js';
import { LimitsCommands } from '#application/fan-out/limits.commands.js';
import { Lineages } from '#application/fan-out/lineages.js';
import { PastGrants } from '#application/fan-out/past-grants.js';
import { Standings } from '#application/fan-out/standings.js';
import { WithoutStoreLog } from '#application/fan-out/without-store-log.js';
import { type Disk, startProcess } from './process.js';

export type Admitting = Awaited<ReturnType<typeof startAdmitting>>;

/** A process that answers schedulers, without its sagas. */
export const startAdmitting = async (disk: Disk, whenUnavailable: 'deny' | 'allow' = 'deny') => {
  const process = await startProcess(disk);
  const { log, feed, views, commands, records } = process;
  const caps = new Caps(views, commands);
  const desk = new AdmissionDesk(log, feed, views, disk.clock);
  const denials = new DenialLog(log, disk.writer ?? 'main');
  const standings = new Standings(views, caps);
  const withoutStoreLog = new WithoutStoreLog(log);
  const withoutStore = new GrantsWithoutStore(
    views,
    standings,
    withoutStoreLog,
    disk.clock,
    whenUnavailable === 'allow',
  );
  return {
    ...process,
    desk,
    denials,
    withoutStore,
    fanOuts: new FanOuts(
      desk,
      views,
      standings,
      new Lineages(records),
      new PastGrants(log, process.index),
      new Estimates(views, 500),
      denials,
      withoutStore,
      disk.clock,
      process.ids,
    ),
    limits: new LimitsCommands(commands, views),
    caps: new CapsCommands(commands, views, caps),
  };
};
