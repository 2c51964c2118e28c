import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogStore } from '#event-log-lmdb/open-log-store.js';
import type { RecordStore } from '#event-sourcing/record-log/record-store.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { eventLogContract, type LogUnderTest } from '#test/contracts/event-log.contract.js';
import { unhurried } from '#test/eventstore/processes.js';
import { StandIn } from '#test/eventstore/stand-in.js';
import { itWhen } from '#test/support/it-when.js';
import { EventStoreEventLog } from './event-log.js';

/** A log of its own in an event store that may hold others. */
const logUnderTest = async (
  connectionString: string,
  openCopy: () => Promise<RecordStore>,
  dispose: () => Promise<void>,
): Promise<LogUnderTest> => {
  const namespace = `test-${randomUUID()}`;
  const openOn = (copy: RecordStore) =>
    EventStoreEventLog.open({ connectionString, namespace, copy, retryPolicy: unhurried });
  const open = async () => openOn(await openCopy());
  let log = await open();
  const others: EventLog[] = [];
  return {
    log,
    reopen: async () => {
      await log.close();
      log = await open();
      return log;
    },
    another: async () => {
      const other = await openOn(new MemoryRecords());
      others.push(other);
      return other;
    },
    dispose: async () => {
      await Promise.all([log, ...others].map((each) => each.close()));
      await dispose();
    },
  };
};

const inMemory = async (): Promise<RecordStore> => new MemoryRecords();

eventLogContract('in a stand-in for an event store, copied to memory', async () => {
  const standIn = await StandIn.start();
  return logUnderTest(standIn.connectionString, inMemory, () => standIn.stop());
});

eventLogContract('in a stand-in for an event store, copied to disk', async () => {
  const standIn = await StandIn.start();
  const directory = mkdtempSync(join(tmpdir(), 'bursar-copy-'));
  const onDisk = async () => (await openLogStore(directory)).store;
  return logUnderTest(standIn.connectionString, onDisk, async () => {
    await standIn.stop();
    rmSync(directory, { recursive: true });
  });
});

const real = process.env.BURSAR_TEST_EVENT_STORE;
if (real !== undefined) {
  eventLogContract('in a real event store', () => logUnderTest(real, inMemory, () => Promise.resolve()));
} else {
  describe('event log: in a real event store', () => {
    const itInRealStore = itWhen(
      false,
      'set BURSAR_TEST_EVENT_STORE to the connection string of one for tests, esdb://...',
    );
    itInRealStore('keeps the contract', () => Promise.resolve());
  });
}
