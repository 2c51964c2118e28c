import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { isRecordsMetered } from '#metering/domain/metering.events.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { liveAt, slotsIn, walkAdmissions } from '#test/support/admission-walk.js';
import { type Answer, type Api, apiOf } from '#test/support/api.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { runs } from '#test/support/runs.js';
import { startService, withDirectory } from '#test/support/service.js';
import { createFamilies } from './fan-out-families.js';
import { randomFrom } from './ingest-senders.js';

const kills = runs(3, 60);
const schedulers = 5;
const mostAnswers = 80;
const longestPauseMs = 30;
/** A few families have all the slots, and fewer all the money. */
const maxConcurrency = 9;
const capMicros = 100_000;

const checked = z.object({
  decision: z.enum(['granted', 'denied']),
  concurrency: z.number().optional(),
  reasons: z.array(z.object({ code: z.string(), used: z.number().nullable(), limit: z.number().nullable() })),
  asOf: z.object({ at: z.string() }),
});

const everyEvent = async (directory: string): Promise<readonly StoredEvent[]> => {
  const log = await EmbeddedEventLog.read({ directory: join(directory, 'log'), clock: new SystemClock() });
  const events = await log.readAll(0, Number.MAX_SAFE_INTEGER);
  await log.close();
  return events;
};

/** Micros metered for each fan-out; all of them are charged to its group. */
const spentIn = (events: readonly StoredEvent[]): ReadonlyMap<string, number> => {
  const spent = new Map<string, number>();
  for (const event of events) {
    if (!isRecordsMetered(event)) continue;
    const { words, costMicros, fanOutId: fanOuts = [] } = event.data;
    for (const [row, word] of fanOuts.entries()) {
      spent.set(words[word], (spent.get(words[word]) ?? 0) + costMicros[row]);
    }
  }
  return spent;
};

/** What the log says is in use at a moment: whatever has expired by then is over. */
const inUse = (events: readonly StoredEvent[], atMs: number) => {
  const { live } = walkAdmissions(events, { maxConcurrency, capMicros });
  const running = liveAt(live, atMs);
  const spent = spentIn(events);
  const held = [...running].reduce((sum, [id, { micros }]) => sum + Math.max(0, micros - (spent.get(id) ?? 0)), 0);
  const spend = [...spent.values()].reduce((sum, micros) => sum + micros, 0);
  return { slots: slotsIn(running), micros: held + spend };
};

const check = async (api: Api, items: number, estimatedCostMicrosPerItem: number) => {
  const answer: Answer = await api.post('/fan-outs/check', fanOutWith({ items, estimatedCostMicrosPerItem }));
  const { reasons, concurrency = 0, decision, asOf } = checked.parse(answer.body);
  const used = (code: string) => reasons.find((reason) => reason.code === code)?.used;
  return { decision, concurrency, used, atMs: Date.parse(asOf.at) };
};

/** Law 5: the numbers of an answer, and whether it is a denial, are what the log says. Law 6: nothing else is in use. */
const compare = async (api: Api, events: readonly StoredEvent[]): Promise<void> => {
  const tooDear = await check(api, 1, capMicros + 1);
  const { micros } = inUse(events, tooDear.atMs);
  assert.equal(tooDear.used('groupCapExhausted'), micros);
  const wide = await check(api, maxConcurrency, 1);
  const { slots } = inUse(events, wide.atMs);
  const isFull = slots === maxConcurrency;
  const isSpent = micros + maxConcurrency > capMicros;
  assert.equal(wide.decision, isFull || isSpent ? 'denied' : 'granted');
  if (isFull) assert.equal(wide.used('groupConcurrency'), slots);
  else if (!isSpent) assert.equal(wide.concurrency, maxConcurrency - slots);
};

/** Once everything is given back there is exactly the cap less what was spent, and every slot. */
const checkAvailability = async (api: Api, live: readonly string[]): Promise<void> => {
  for (const fanOutId of live) assert.equal((await api.post(`/fan-outs/${fanOutId}/release`, {})).status, 200);
  const { used } = await check(api, 1, capMicros + 1);
  const left = capMicros - (used('groupCapExhausted') ?? 0);
  assert.equal((await check(api, 1, left)).decision, 'granted', 'all that was not spent');
  assert.equal((await check(api, 1, left + 1)).decision, 'denied', 'and no more');
  assert.equal((await check(api, maxConcurrency, 1)).concurrency, maxConcurrency, 'no slot is stuck');
};

describe('F2, F3, laws 4, 5 and 6: fan-outs that have fanned out again', () => {
  it(`are as the log says after each of ${String(kills)} kills, lend nothing twice and leave nothing behind`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const random = randomFrom(seed);
    const families = createFamilies(random);
    await withDirectory(async (directory) => {
      let service = await startService({ directory });
      const { ownerKey } = service;
      const owner = apiOf(service);
      await owner.put('/groups/eng', { name: 'Engineering' });
      await owner.put('/groups/eng/limits', { maxConcurrency });
      const policy = { kind: 'fixed', capMicros };
      await owner.put('/groups/eng/cap', {
        policy,
        enforcement: 'enforce',
        overrideFirstQuarter: true,
        reason: 'test',
      });
      let live: readonly string[] = [];
      for (let kill = 0; kill < kills; kill++) {
        const gone = families.load(service, schedulers);
        const enough = families.answered() + Math.floor(random() * mostAnswers);
        while (families.answered() < enough && service.process.exitCode === null) await wait(1);
        await wait(random() * longestPauseMs);
        await service.kill();
        await gone;
        const events = await everyEvent(directory);
        live = [...walkAdmissions(events, { maxConcurrency, capMicros }).live.keys()];
        service = await startService({ directory, ownerKey });
        await compare(apiOf(service), events);
        // Whoever was killed with their schedulers comes back for most of what they had.
        for (const fanOutId of live.filter(() => random() < 0.8)) {
          assert.equal((await apiOf(service).post(`/fan-outs/${fanOutId}/release`, {})).status, 200);
        }
      }
      await checkAvailability(apiOf(service), live);
      assert.equal(await service.stop(), 0);
      const { granted: stored } = walkAdmissions(await everyEvent(directory), { maxConcurrency, capMicros });
      for (const [requestId, fanOutId] of families.grants) assert.equal(stored.get(requestId), fanOutId);
      assert.ok(families.children() > 0, 'some have fanned out again');
      diagnostic(`${String(families.grants.size)} grants, ${String(families.children())} of them children`);
    });
  });
});
