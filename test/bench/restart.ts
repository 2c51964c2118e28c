import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { millisecondsInDay } from 'date-fns/constants';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { DiskLocationIndex } from '#identity-index/location-index.js';
import { SystemClock } from '#system-clock/clock.js';
import { noParts } from '#event-sourcing/feed/snapshotter.js';
import { createViews } from '#apps/bursar/bursar.views.js';
import { Fold } from '#event-sourcing/fold.js';
import { createMeteredBatch } from '#metering/domain/metered-batch.js';
import { rowsPerEvent } from '#metering/domain/metering.events.js';
import { readRecord } from '#metering/domain/read-record.js';
import { emptyRow } from '#metering/domain/record-row.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { noStream } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import { startBursar } from './processes.js';
import { recordsOf, users } from './records.js';
import { durable, milliseconds } from './report.js';
import type { Row } from './report.js';
import { inDirectory } from './workspace.js';

const monthsMs = 395 * millisecondsInDay;
const eventsPerAppend = 64;

/** B6 and B7: start from the log alone and from a snapshot with a 1 % tail, and what the views take in memory. */
export const restartRows = async (records: number): Promise<Row[]> =>
  inDirectory(async (directory) => {
    const empty = await startBursar(directory);
    const before = await reading(empty.port);
    await empty.stop();
    await appendHistory(directory, records, 1);
    await Promise.all(['views', 'index'].map((name) => rm(join(directory, name), { recursive: true, force: true })));
    const rebuilt = await startBursar(directory, empty.key);
    const after = await reading(rebuilt.port);
    await rebuilt.stop();
    await appendHistory(directory, Math.ceil(records / 100), 2);
    const restored = await startBursar(directory, empty.key);
    await restored.stop();
    const foldMs = await rawFold(directory);
    const size = `${(records / 1e6).toLocaleString('en-US')} million records`;
    return [
      { workload: 'B0', what: `raw fold of ${size} from memory`, figure: milliseconds(foldMs), durability: 'none' },
      {
        workload: 'B6',
        what: `start from the log alone, ${size}`,
        figure: milliseconds(rebuilt.readyMs),
        ceiling: `raw fold ${milliseconds(foldMs)}`,
        ratio: rebuilt.readyMs / foldMs,
        goal: 'at most 3x the fold',
        durability: durable,
      },
      {
        workload: 'B6',
        what: `the rebuild alone: that, without the start of an empty service (${milliseconds(empty.readyMs)})`,
        figure: milliseconds(rebuilt.readyMs - empty.readyMs),
        goal: 'issue: 1 million records in 6 s',
        durability: durable,
      },
      {
        workload: 'B6',
        what: 'start from a snapshot with a 1 % tail',
        figure: milliseconds(restored.readyMs),
        goal: 'at most 2 s',
        durability: durable,
      },
      {
        workload: 'B7',
        what: `resident memory for ${users.toLocaleString('en-US')} users, 13 months, ${size}`,
        figure: `${mebibytes(after.residentBytes - before.residentBytes)} above an empty service (${mebibytes(before.residentBytes)})`,
        goal: 'at most 90 MB per 100,000 users',
        durability: durable,
      },
      {
        workload: 'B7',
        what: `memory per identity, ${after.places.toLocaleString('en-US')} places for ${size}`,
        figure: `${(after.placeBytes / records).toFixed(1)} bytes outside the heap, of which fixed ${mebibytes(before.placeBytes)}`,
        goal: 'at most 24 bytes of heap',
        durability: durable,
      },
    ];
  });

/** Writes records into the log as ingest does, in the order in which they occurred. */
const appendHistory = async (directory: string, records: number, seed: number): Promise<void> => {
  const clock = new SystemClock();
  const log = await EmbeddedEventLog.open({ directory: join(directory, 'log'), clock });
  const nowMs = clock.now();
  const events = Math.ceil(records / rowsPerEvent);
  let revision = (await lastRevision(log)) ?? noStream;
  for (let first = 0; first < events; first += eventsPerAppend) {
    const count = Math.min(eventsPerAppend, events - first);
    const proposed = Array.from({ length: count }, (_, place) => historyEvent(first + place, events, nowMs, seed));
    await log.append({ stream: 'metering-main', expectedRevision: revision, events: proposed });
    revision += count;
  }
  await log.close();
};

const lastRevision = async (log: EmbeddedEventLog): Promise<number | undefined> => {
  const last = await log.readAt(await log.head());
  return last?.stream === 'metering-main' ? last.revision : undefined;
};

const historyEvent = (place: number, events: number, nowMs: number, seed: number) => {
  const endsMs = nowMs - monthsMs * (1 - (place + 1) / events);
  const next = recordsOf({
    seed: seed * 1_000_000 + place,
    nowMs: endsMs,
    overMs: monthsMs / events,
    duplicates: 0,
    invalid: 0,
  });
  const batch = createMeteredBatch(0);
  const row = emptyRow();
  while (!batch.isFull()) {
    if (readRecord(next(), '', row) !== undefined) throw new Error('the benchmark made a record that is not in order');
    batch.push(row, {
      groupId: row.groupId,
      attribution: 0,
      costMicros: row.inputTokens,
      rating: 1,
      priceVersion: 'bench',
    });
  }
  const commandId = `bench-${String(seed)}-${String(place)}`;
  const meta = { commandId, now: new Date(endsMs).toISOString(), actor: 'system:bench', reason: '' };
  return proposeEvent(commandId, 0, { type: 'RecordsMetered', data: batch.columns() }, meta);
};

/** The ceiling: the same events, decoded and in memory, folded into fresh views. */
const rawFold = async (directory: string): Promise<number> => {
  const log = await EmbeddedEventLog.read({ directory: join(directory, 'log'), clock: new SystemClock() });
  const index = await DiskLocationIndex.open({ directory: join(directory, 'fold'), manifest: undefined });
  const fold = new Fold(Object.values(createViews(index, noParts)));
  let foldMs = 0;
  for (let events = await log.readAll(0, 256); events.length > 0; events = await log.readAll(fold.position, 256)) {
    foldMs += folded(fold, events);
    await index.drain();
  }
  await index.close();
  await log.close();
  return foldMs;
};

const folded = (fold: Fold, events: readonly StoredEvent[]): number => {
  const startedMs = performance.now();
  for (const event of events) fold.apply(event);
  return performance.now() - startedMs;
};

const reading = async (port: number) => {
  const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    residentBytes: value('bursar_resident_memory_bytes'),
    places: value('bursar_held\\{of="places"\\}'),
    placeBytes: value('bursar_held\\{of="placeBytes"\\}'),
  };
};

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
