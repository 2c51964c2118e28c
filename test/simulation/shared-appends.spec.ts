import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { formatInstant } from '#kernel/instants.js';
import { isRecordsMetered } from '#metering/domain/metering.events.js';
import { worldBeginsMs } from '#test/support/generators.js';
import { emptyDisk, startProcess } from './process.js';
import { everyEvent } from './replays.js';

const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

describe('requests that come together', () => {
  it('share an append, however many they are, and are all answered from it', async () => {
    const disk = emptyDisk(worldBeginsMs);
    const process = await startProcess(disk);
    const record = (id: string) => ({
      source: 'test',
      id,
      taskId: 't',
      userId: 'u',
      groupId: 'g',
      occurredAt: formatInstant(disk.clock.now()),
      costMicros: 1,
    });
    await process.ingest.accept([record('first')], caller);
    // Nothing is under way any more: the first of those that come now does not leave the others behind.
    await setTimeout(5);
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((id) => process.ingest.accept([record(id)], caller)),
    );
    assert.deepEqual(
      answers.map(({ accepted }) => accepted),
      [1, 1, 1, 1, 1],
    );
    const counts = (await everyEvent(disk)).flatMap((event) => (isRecordsMetered(event) ? [event.data.count] : []));
    assert.deepEqual(counts, [1, 5]);
    await process.kill();
  });
});
