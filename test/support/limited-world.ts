import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { ObserveAlert } from '#alerts/commands/alerts.commands.js';
import { Fold } from '#event-sourcing/fold.js';
import { type AlertKey, alertIdOf } from '#alerts/domain/alert-key.js';
import { type Api, apiOf, recordWith } from './api.js';
import { endEngine } from './engine.js';
import { fanOutWith, granted } from './fan-outs.js';
import { startInProcess } from './service-in-process.js';

/** Keys that are limited to the group eng, to the source mine, or to both. */
export const limitedKeys = [
  { name: 'member', role: 'member', groups: ['eng'] },
  { name: 'scheduler', role: 'scheduler', groups: ['eng'] },
  { name: 'metering', role: 'metering', groups: ['eng'] },
  { name: 'metering of a source', role: 'metering', source: 'mine' },
  { name: 'metering of both', role: 'metering', groups: ['eng'], source: 'mine' },
] as const;
export type LimitedKey = (typeof limitedKeys)[number];

/** What the API shows of other groups' affairs, each with the log positions of all that was done to it. */
const moving = new Set(['asOf', 'expiresInSeconds', 'sealed']);

/**
 * A service with two groups, each with a user, tasks, a fan-out and an alert: eng is the keys' own, zeta is foreign, and
 * tasks and fan-outs of both stand below one another, as keys that reach both make it. Sagas rest.
 */
export const createLimitedWorld = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bursar-'));
  const service = await startInProcess(directory);
  const owner = apiOf(service);
  let alerts = 0;

  const keys = new Map<LimitedKey, { readonly key: string; readonly api: Api }>();
  for (const limited of limitedKeys) {
    const { body } = await owner.post('/api-keys', limited);
    const { key } = z.object({ key: z.string() }).parse(body);
    keys.set(limited, { key, api: apiOf(service, key) });
  }

  const grant = async (groupId: string, changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
    const ask = fanOutWith({ groupId, userId: `u-${groupId}`, items: 1, ...changes });
    return granted(await owner.post('/fan-outs', ask)).fanOutId;
  };

  /** Each time another alert: one that was resolved is muted. */
  const raise = async (groupId: string): Promise<string> => {
    const about = { type: 'capThreshold', groupId, userId: null, period: '2026-11' } as const;
    const key: AlertKey = { ...about, threshold: ++alerts / 10_000 };
    const verdict = { holds: true, clears: false, because: 'spendVoided', final: false, fingerprint: 'f' } as const;
    const { position } = service.app.get(Fold);
    const observation = { ...key, ...verdict, evidence: { seen: groupId }, position };
    await service.app.get(CommandBus).execute(new ObserveAlert(observation, Date.now(), 'system:watchCaps'));
    return alertIdOf(key);
  };

  for (const groupId of ['eng', 'zeta']) {
    await owner.put(`/groups/${groupId}`, { name: groupId });
    await owner.put(`/users/u-${groupId}`, { name: groupId, groupId });
    await owner.put(`/groups/${groupId}/cap`, { enforcement: 'alert' });
  }
  const zeta = { groupId: 'zeta', userId: 'u-zeta', source: 'theirs', skill: 's-zeta' };
  const eng = { groupId: 'eng', userId: 'u-eng', source: 'mine' };
  const zetaFanOut = await grant('zeta', { requestId: 'q-zeta', taskId: 't-zeta-root', items: 10 });
  const { accepted, rejected } = await owner.meter(
    [
      { ...eng, taskId: 't-eng', id: 'r-eng' },
      { ...zeta, taskId: 't-zeta', id: 'r-zeta', fanOutId: zetaFanOut },
      { ...zeta, taskId: 't-zeta-below', parentTaskId: 't-eng' },
      { ...eng, taskId: 't-eng-deep', parentTaskId: 't-zeta-below' },
      { ...eng, taskId: 't-eng-cut', parentTaskId: 't-zeta', fanOutId: zetaFanOut },
    ].map(recordWith),
  );
  assert.equal(accepted, 5, JSON.stringify(rejected));
  const engBelowZeta = await grant('eng', { taskId: 't-eng-hanging', parentFanOutId: zetaFanOut });
  const zetaAlert = await raise('zeta');

  /** Everything of zeta that the owner is shown. */
  const stateOfZeta = async (): Promise<string> => {
    const paths = [
      '/tasks/t-zeta',
      '/fan-outs?group=zeta',
      `/fan-outs/${zetaFanOut}`,
      `/alerts/${zetaAlert}`,
      '/alerts?group=zeta',
      '/spend?group=zeta&by=user,skill',
      '/groups/zeta',
      '/groups/zeta/cap/history',
      '/audit?group=zeta&limit=1000',
      '/audit?group=zeta&type=RecordsMetered',
    ];
    const answers = await Promise.all(paths.map((path) => owner.get(path)));
    for (const { status, body } of answers) assert.equal(status, 200, JSON.stringify(body));
    return JSON.stringify(answers, (name, value: unknown) => (moving.has(name) || name === 'headers' ? null : value));
  };

  return {
    service,
    owner,
    grant,
    raise,
    zetaFanOut,
    zetaAlert,
    engBelowZeta,
    /** Does something, and throws if it has changed anything of zeta. */
    unchanged: async <T>(run: () => Promise<T>): Promise<T> => {
      const before = await stateOfZeta();
      const outcome = await run();
      assert.equal(await stateOfZeta(), before);
      return outcome;
    },
    apiFor: (limited: LimitedKey) => keys.get(limited)?.api ?? assert.fail(limited.name),
    secretOf: (limited: LimitedKey) => keys.get(limited)?.key ?? assert.fail(limited.name),
    /** Throws if an answer names anything of zeta. */
    tellsNothing: (answer: unknown): void => {
      const text = JSON.stringify(answer);
      for (const id of ['zeta', 'theirs', zetaFanOut, zetaAlert]) assert.ok(!text.includes(id), `${id} in ${text}`);
    },
    dispose: async (): Promise<void> => {
      await service.stop();
      await endEngine(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
};
export type LimitedWorld = Awaited<ReturnType<typeof createLimitedWorld>>;
