import { readConfig } from '#apps/bursar/config.js';
import { startService } from '#apps/bursar/serve.js';
import type { Service } from '#apps/bursar/serve.js';

/** A service in this process, on a real port: for tests that do what no route does yet. */
export interface ServiceInProcess extends Pick<Service, 'app' | 'stop'> {
  readonly url: string;
  readonly ownerKey: string;
}

/** @param ownerKey the key of an earlier start: only the very first one shows it */
export const startInProcess = async (directory: string, ownerKey = ''): Promise<ServiceInProcess> => {
  const environment = { BURSAR_DATA_DIR: directory, BURSAR_PORT: '0', BURSAR_LOG_LEVEL: 'warn' };
  const service = await startService(readConfig(environment), (failure) => {
    throw failure;
  });
  return { app: service.app, url: service.url, ownerKey: service.ownerKey ?? ownerKey, stop: () => service.stop() };
};
