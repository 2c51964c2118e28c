import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { EventStoreEventLog } from '#event-log-eventstore/event-log.js';
import { MemoryRecords } from '#event-log-memory/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { formatLevel, formatStream } from '#event-sourcing/format/format.js';
import { type EventLog, noStream } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { apiOf, codeOf, recordWith } from '#test/support/api.js';
import { endedStart } from '#test/support/ended-start.js';
import { engineSettings } from '#test/support/engine.js';
import { itWhen } from '#test/support/it-when.js';
import { bursarCommand, startService, withDirectory } from '#test/support/service.js';

const told = new RegExp(`The log has format ${String(formatLevel + 1)}: .* reads up to format ${String(formatLevel)}`);

/** What a newer version does before it writes something new. */
const raise = async (directory: string): Promise<void> => {
  const meta = { commandId: 'format', now: '2026-11-20T00:00:00.000Z', actor: 'system:start', reason: '' };
  const event = { type: 'FormatRaised', data: { level: formatLevel + 1 } };
  const log = await openLog(directory);
  try {
    const standing = await log.read(formatStream, 0, 100);
    const events = [proposeEvent('format', 0, event, meta)];
    await log.append({ stream: formatStream, expectedRevision: noStream + standing.length, events });
  } finally {
    await log.close();
  }
};

const openLog = async (directory: string): Promise<EventLog> => {
  const { BURSAR_EVENT_STORE: store, BURSAR_EVENT_STORE_NAMESPACE: namespace = 'bursar' } =
    await engineSettings(directory);
  return store === undefined
    ? EmbeddedEventLog.open({ directory: join(directory, 'log'), clock: new SystemClock() })
    : EventStoreEventLog.open({ connectionString: store, namespace, copy: new MemoryRecords() });
};

const health = z.object({ status: z.string(), detail: z.string().optional() });

describe('a log that a newer version writes to', () => {
  it('is not opened by this one, whatever stands beside it, nor read by its commands', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      await apiOf(service).meter([recordWith()]);
      await service.stop();
      await raise(directory);
      const { status, stderr } = await endedStart(directory);
      assert.equal(status, 1);
      assert.match(stderr, told);
    }));

  const itOnOwnLog = itWhen(
    process.env.BURSAR_TEST_ENGINE === undefined,
    'the copy of a shared log has no newer event',
  );
  itOnOwnLog('is not read by verify and export', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      await service.stop();
      await raise(directory);
      for (const command of ['verify', 'export']) {
        const running = promisify(execFile)(process.execPath, bursarCommand(command, '--data', directory));
        await assert.rejects(running, (error: Error & { stderr?: string }) => told.test(error.stderr ?? ''));
      }
    }),
  );

  const itOnSharedLog = itWhen(process.env.BURSAR_TEST_ENGINE !== undefined, 'nobody else may append to an own log');
  itOnSharedLog('ends what a running process of this version does: it goes unready and says why', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const api = apiOf(service);
      await api.meter([recordWith()]);
      await raise(directory);
      let answer = await api.call('GET', '/readyz');
      while (answer.status !== 503) {
        await wait(20);
        answer = await api.call('GET', '/readyz');
      }
      assert.match(health.parse(answer.body).detail ?? '', told);
      for (const refused of [
        await api.call('POST', '/api/v1/metering', [recordWith()]),
        await api.get('/spend?by=group'),
      ]) {
        assert.deepEqual([refused.status, codeOf(refused)], [503, 'notReady']);
      }
      assert.equal((await api.call('GET', '/healthz')).status, 200);
      assert.equal(await service.stop(), 0);
      assert.match((await endedStart(directory)).stderr, told);
    }),
  );
});
