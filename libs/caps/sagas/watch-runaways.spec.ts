import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import { Changes } from '#event-sourcing/changes.js';
import { emptyDisk, startProcess } from '#test/simulation/process.js';
import { UserDays } from '../queries/user-days.js';
import type { UserFigures } from '../domain/runaway.js';
import { WatchRunaways } from './watch-runaways.saga.js';

const nowMs = Date.UTC(2026, 10, 20, 12, 30);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

describe('watchRunaways', () => {
  it('looks at each user alone: what fails for one is told as a failure, and the others are told of', async () => {
    const process = await startProcess(emptyDisk(nowMs));
    const records = ['ana', 'ben'].flatMap((userId) =>
      [0, 1, 2, 3, 4, 5, 6].map((daysAgo) => ({
        source: 'test',
        id: `${userId}-${String(daysAgo)}`,
        taskId: 't',
        userId,
        groupId: 'eng',
        occurredAt: formatInstant(nowMs - daysAgo * millisecondsInDay),
        costMicros: daysAgo === 0 ? 100_000_000 : 1_000_000,
      })),
    );
    assert.deepEqual((await process.ingest.accept(records, caller)).rejected, []);
    const ana = process.views.spend.names.find('ana');
    class FailsForAna extends UserDays {
      override figures(group: number, user: number, atMs: number): UserFigures {
        if (user === ana) throw new Error('a page cannot be read');
        return super.figures(group, user, atMs);
      }
    }
    process.provide(UserDays, process.make(FailsForAna));
    const wake = { nowMs, everything: true, changes: new Changes() };
    const found = [...process.get(WatchRunaways).evaluate(wake)].filter((due) => due !== undefined);
    const errors = found.flatMap((due) => (due.subject === 'ana in eng' && 'error' in due ? [due.error] : []));
    assert.ok(errors.length > 0);
    for (const error of errors) assert.match(String(error), /cannot be read/);
    assert.ok(found.some((due) => due.subject === 'userRunaway:eng:ben:*:*' && 'command' in due));
    await process.kill();
  });
});
