import { readConfig } from '#apps/bursar/config.js';
import { startService } from '#apps/bursar/main.js';
import type { Service } from '#apps/bursar/main.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { engineSettings } from './engine.js';

/**
 * A service in this process, on a real port, most of whose sagas rest: for tests that do what sagas do, and must not be
 * contradicted by them.
 */
export interface ServiceInProcess extends Pick<Service, 'app' | 'stop'> {
  readonly url: string;
  readonly ownerKey: string;
}

/** Those that tell of caps, months and the audit by themselves. */
const resting = ['deriveCaps', 'watchCaps', 'watchPace', 'watchRunaways', 'closePeriods', 'sealAudit'] as const;

/** @param ownerKey the key of an earlier start: only the very first one shows it */
export const startInProcess = async (
  directory: string,
  ownerKey = '',
  environment: NodeJS.ProcessEnv = {},
): Promise<ServiceInProcess> => {
  const given = { BURSAR_DATA_DIR: directory, BURSAR_PORT: '0', BURSAR_LOG_LEVEL: 'warn' };
  const settings = { ...given, ...(await engineSettings(directory)), ...environment };
  const service = await startService(readConfig(settings), (failure) => {
    throw failure;
  });
  const sagas = service.app.get(SagaLanes);
  for (const saga of resting) {
    sagas.of(saga).close();
    await sagas.of(saga).settled();
  }
  return { app: service.app, url: service.url, ownerKey: service.ownerKey ?? ownerKey, stop: () => service.stop() };
};
