import { SystemClock } from '#system-clock/clock.js';
import { eventLogContract } from '#test/contracts/event-log.contract.js';
import { MemoryEventLog } from './event-log.js';

eventLogContract(
  'in memory',
  async () => {
    const log = new MemoryEventLog(new SystemClock());
    return { log, dispose: () => log.close() };
  },
  false,
);
