import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf, recordWith } from '#test/support/api.js';
import { fanOutWith, granted, shownFanOut } from '#test/support/fan-outs.js';
import type { RunningService } from '#test/support/service.js';

const decision = z.object({ decision: z.enum(['granted', 'denied']) });

/** Schedulers that ask, renew, meter and release at the same time, and the book they keep of what was answered. */
export const createCallers = (random: () => number) => {
  const grants = new Map<string, string>();
  const releases = new Set<string>();
  /** Sent, and never answered: the service was gone. */
  const unanswered: Record<string, unknown>[] = [];
  let answered = 0;
  let denied = 0;
  let asked = 0;

  const ask = async (service: RunningService, body: Record<string, unknown>): Promise<string | undefined> => {
    const answer = await apiOf(service).post('/fan-outs', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    answered++;
    if (decision.parse(answer.body).decision === 'denied') {
      denied++;
      return undefined;
    }
    const { fanOutId } = granted(answer);
    const requestId = String(body.requestId);
    assert.equal(grants.get(requestId) ?? fanOutId, fanOutId, 'the same request, the same fan-out');
    grants.set(requestId, fanOutId);
    return fanOutId;
  };

  const goOn = async (service: RunningService, fanOutId: string): Promise<void> => {
    const api = apiOf(service);
    if (random() < 0.5) await api.meter([recordWith({ fanOutId, costMicros: Math.floor(random() * 30) })]);
    if (random() < 0.3) await api.post(`/fan-outs/${fanOutId}/renew`, { remainingItems: 1, leaseSeconds: 2 });
    if (random() < 0.5) {
      assert.equal((await api.post(`/fan-outs/${fanOutId}/release`, {})).status, 200);
      releases.add(fanOutId);
    }
  };

  const caller = async (service: RunningService): Promise<void> => {
    for (;;) {
      const requestId = `k-${String(++asked)}`;
      const items = 1 + Math.floor(random() * 3);
      const body = unanswered.pop() ?? fanOutWith({ requestId, taskId: requestId, items, leaseSeconds: 2 });
      let isAnswered = false;
      try {
        const fanOutId = await ask(service, body);
        isAnswered = true;
        if (fanOutId !== undefined) await goOn(service, fanOutId);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        if (!isAnswered) unanswered.push(body);
        return;
      }
    }
  };

  return {
    answered: () => answered,
    denied: () => denied,
    grants: grants as ReadonlyMap<string, string>,
    /** Starts some; resolves when all of them have found the service gone. */
    load: (service: RunningService, callers: number): Promise<unknown> =>
      Promise.all(Array.from({ length: callers }, () => caller(service))),
    /** Law 3: what was answered is there, and what was released has not come back. */
    async compare(service: RunningService): Promise<void> {
      for (const [requestId, fanOutId] of grants) {
        const answer = await apiOf(service).get(`/fan-outs/${fanOutId}`);
        const shown = shownFanOut.parse(answer.body);
        assert.equal(shown.requestId, requestId);
        if (releases.has(fanOutId)) assert.notEqual(shown.state, 'live', fanOutId);
      }
    },
  };
};
