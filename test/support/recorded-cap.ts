import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Api } from './api.js';

const patienceMs = 10_000;
const history = z.object({ items: z.array(z.object({ type: z.string(), derivedMicros: z.unknown().optional() })) });

/**
 * Resolves when the saga that records caps has recorded this one, as the latest that happened to the cap.
 *
 * @param scope `groups/<id>` or `organisation`
 */
export const untilRecorded = async (api: Api, scope: string, derivedMicros: number): Promise<void> => {
  const until = Date.now() + patienceMs;
  for (;;) {
    const latest = history.parse((await api.get(`/${scope}/cap/history`)).body).items.at(0);
    const isRecorded = latest?.type === 'CapDerived' && latest.derivedMicros === derivedMicros;
    if (isRecorded) return;
    assert.ok(Date.now() < until, `a cap of ${String(derivedMicros)} is not recorded: ${JSON.stringify(latest)}`);
    await sleep(20);
  }
};
