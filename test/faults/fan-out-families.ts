import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type Answer, apiOf, type Api, recordWith } from '#test/support/api.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import type { RunningService } from '#test/support/service.js';

const decision = z.object({ decision: z.enum(['granted', 'denied']) });
const refused = z.object({ code: z.enum(['parentFanOutEnded', 'leaseEnded']) });

/** What a parent and each of its children hold for an item, and how long a child lasts: longer than any campaign. */
const itemMicros = 12_000;
const longSeconds = 3_600;

const refusedRestMs = 50;

/** Asks again as long as the service says that it cannot answer for now, as whoever is told so may. */
const posted = async (api: Api, path: string, body: unknown): Promise<Answer> => {
  for (;;) {
    const answer = await api.post(path, body);
    if (answer.status !== 503) return answer;
    await wait(refusedRestMs);
  }
};

/** Schedulers whose fan-outs fan out again, and meter, renew and release in whatever order chance gives. */
export const createFamilies = (random: () => number) => {
  const grants = new Map<string, string>();
  let answered = 0;
  let children = 0;

  const ask = async (api: Api, changes: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
    const body = fanOutWith({ estimatedCostMicrosPerItem: itemMicros, leaseSeconds: longSeconds, ...changes });
    const answer = await posted(api, '/fan-outs', { ...body, taskId: body.requestId });
    answered++;
    if (answer.status !== 200) {
      refused.parse(answer.body);
      return undefined;
    }
    if (decision.parse(answer.body).decision === 'denied') return undefined;
    const { fanOutId } = granted(answer);
    grants.set(String(body.requestId), fanOutId);
    return fanOutId;
  };

  const use = async (api: Api, fanOutId: string): Promise<void> => {
    const costMicros = Math.floor(random() * 200);
    if (random() < 0.5) await posted(api, '/metering', [recordWith({ fanOutId, costMicros })]);
    if (random() < 0.3) {
      const renewal = await posted(api, `/fan-outs/${fanOutId}/renew`, {
        remainingItems: 1,
        leaseSeconds: longSeconds,
      });
      if (renewal.status !== 200) refused.parse(renewal.body);
    }
    if (random() < 0.95) assert.equal((await posted(api, `/fan-outs/${fanOutId}/release`, {})).status, 200);
  };

  const family = async (api: Api): Promise<void> => {
    // Some parents end by themselves, below children that go on.
    const leaseSeconds = random() < 0.3 ? 1 : longSeconds;
    const parentFanOutId = await ask(api, { items: 1 + Math.floor(random() * 3), leaseSeconds });
    if (parentFanOutId === undefined) return;
    // Sometimes more children than slots to lend.
    const born = Array.from({ length: Math.floor(random() * 5) }, async () => {
      const child = await ask(api, { items: 1 + Math.floor(random() * 2), parentFanOutId });
      if (child === undefined) return;
      children++;
      await use(api, child);
    });
    await Promise.all(random() < 0.5 ? [...born, use(api, parentFanOutId)] : born);
    await use(api, parentFanOutId);
  };

  const untilGone = async (service: RunningService): Promise<void> => {
    for (;;) {
      try {
        await family(apiOf(service));
      } catch (error) {
        if (error instanceof assert.AssertionError || error instanceof z.ZodError) throw error;
        return;
      }
    }
  };

  return {
    answered: () => answered,
    children: () => children,
    grants: grants as ReadonlyMap<string, string>,
    /** Starts some; resolves when all of them have found the service gone. */
    load: (service: RunningService, schedulers: number): Promise<unknown> =>
      Promise.all(Array.from({ length: schedulers }, () => untilGone(service))),
  };
};
