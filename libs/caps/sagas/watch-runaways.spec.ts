import assert from 'node:assert/strict';
import { millisecondsInDay } from 'date-fns/constants';
import { formatInstant } from '#kernel/instants.js';
import { MovedUsers } from '#event-sourcing/sagas/moved-users.js';
import { emptyDisk, startProcess } from '#test/simulation/process.js';
import { UserDays } from '../queries/user-days.js';
import type { UserFigures } from '../domain/runaway.js';
import { WatchRunaways } from './watch-runaways.saga.js';

const nowMs = Date.UTC(2026, 10, 20, 12, 30);
const caller = { actor: 'apiKey:test', source: null, groups: null, zeroCostIsFree: false, allowOld: false };

describe('watchRunaways', () => {
  it('looks at each user alone: what fails for one is a step that fails, and the others are told of', async () => {
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
    const wake = { nowMs, everything: true, groups: new Map(), users: new MovedUsers() };
    const steps = [...process.get(WatchRunaways).due(wake)].filter((step) => step !== undefined);
    const failing = steps.filter(({ about }) => about === 'ana in eng');
    assert.ok(failing.length > 0);
    await Promise.all(failing.map((step) => assert.rejects(step.run(), /cannot be read/)));
    assert.ok(steps.some(({ about }) => about === 'userRunaway:eng:ben:*:*'));
    await process.kill();
  });
});
