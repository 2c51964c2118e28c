import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '#system-clock/clock.js';
import { eventLogContract } from '#test/contracts/event-log.contract.js';
import { EmbeddedEventLog } from './event-log.js';

eventLogContract('embedded', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-log-'));
  const open = () => EmbeddedEventLog.open({ directory, clock: new SystemClock() });
  let log = await open();
  return {
    log,
    reopen: async () => {
      await log.close();
      log = await open();
      return log;
    },
    dispose: async () => {
      await log.close();
      rmSync(directory, { recursive: true });
    },
  };
});
