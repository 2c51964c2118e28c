import { readConfig } from '#apps/bursar/config.js';
import { startService } from '#apps/bursar/main.js';
import type { Service } from '#apps/bursar/main.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { engineSettings } from './engine.js';

/**
 * A service in this process, on a real port, whose sagas rest: for tests that do what sagas do, and must not be
 * contradicted by them.
 */
export interface ServiceInProcess extends Pick<Service, 'app' | 'stop'> {
  readonly url: string;
  readonly ownerKey: string;
}

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
  await service.app.get(SagaLanes).stop();
  return { app: service.app, url: service.url, ownerKey: service.ownerKey ?? ownerKey, stop: () => service.stop() };
};
