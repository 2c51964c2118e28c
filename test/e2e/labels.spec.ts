import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { readLogOf } from '#test/support/engine.js';
import { startOnFreshDirectory, startService, withDirectory } from '#test/support/service.js';

const choose = async (api: Api, ...labelKeys: readonly string[]): Promise<void> => {
  const { status, body } = await api.put('/organisation', { labelKeys });
  assert.equal(status, 200);
  assert.deepEqual(z.object({ labelKeys: z.array(z.string()) }).parse(body).labelKeys, [...labelKeys].sort());
};

const itemsOf = async (api: Api, question: string): Promise<readonly unknown[]> => {
  const { items } = await api.spend(question);
  return items.map(({ unpricedMicros: _, ...item }) => item);
};

const atlas = { labels: { project: 'atlas' } };

describe('labels', () => {
  it('cut and filter spend, follow corrections, and come back after a restart', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      let api = apiOf(service);
      const before = recordWith({ groupId: 'eng', costMicros: 1, ...atlas });
      assert.equal((await api.meter([before])).accepted, 1);
      await choose(api, 'project', 'costCenter');
      const sent = [
        recordWith({ groupId: 'eng', costMicros: 10, labels: { project: 'atlas', costCenter: 'c-1' } }),
        recordWith({ groupId: 'eng', costMicros: 200, skill: 'triage', ...atlas }),
        recordWith({ groupId: 'ops', costMicros: 3_000, labels: { project: 'Zoë, & co' } }),
        recordWith({ groupId: 'ops', costMicros: 40_000 }),
      ];
      await api.meter(sent);
      const byProject = [
        { 'label.project': null, spentMicros: 40_001, records: 2 },
        { 'label.project': 'Zoë, & co', spentMicros: 3_000, records: 1 },
        { 'label.project': 'atlas', spentMicros: 210, records: 2 },
      ];
      assert.deepEqual(await itemsOf(api, 'by=label.project'), byProject);
      assert.deepEqual(await itemsOf(api, 'by=group,label.costCenter&group=eng'), [
        { group: 'eng', 'label.costCenter': null, spentMicros: 201, records: 2 },
        { group: 'eng', 'label.costCenter': 'c-1', spentMicros: 10, records: 1 },
      ]);
      assert.equal((await api.spend('label.project=atlas')).totalMicros, 210);
      assert.equal((await api.spend('label.project=')).totalMicros, 40_001);
      assert.equal((await api.spend('label.project=atlas&skill=triage&by=user')).totalMicros, 200);
      assert.equal((await api.spend('label.project=atlas&label.costCenter=')).totalMicros, 200);
      assert.equal((await api.spend('by=label.project&group=nobody')).totalMicros, 0);

      // Whatever a repeat says of its labels, it is one.
      const again = [
        { ...sent[0], labels: { project: 'other' } },
        { ...sent[1], labels: undefined },
      ];
      const { accepted, duplicates } = await api.meter(again);
      assert.deepEqual([accepted, duplicates], [0, 2]);

      const reason = 'a test';
      assert.equal((await api.post('/metering/voids', { source: sent[0].source, id: sent[0].id, reason })).status, 200);
      const [from, to] = ['2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];
      const moved = { filter: { group: 'eng' }, from, to, groupId: 'ops', reason };
      assert.equal((await api.post('/metering/reattributions', moved)).status, 202);
      while ((await api.spend('group=eng')).totalMicros > 0) await wait(20);
      const corrected = [
        { group: 'ops', 'label.project': null, spentMicros: 40_001, records: 2 },
        { group: 'ops', 'label.project': 'Zoë, & co', spentMicros: 3_000, records: 1 },
        { group: 'ops', 'label.project': 'atlas', spentMicros: 200, records: 1 },
      ];
      assert.deepEqual(await itemsOf(api, 'by=group,label.project'), corrected);
      const { body } = await api.get(`/tasks/${encodeURIComponent(String(sent[1].taskId))}`);
      assert.match(JSON.stringify(body), /"labels":{"project":"atlas"}/);

      const { ownerKey } = service;
      assert.equal(await service.stop(), 0);
      const next = await startService({ directory, ownerKey });
      api = apiOf(next);
      assert.deepEqual(await itemsOf(api, 'by=group,label.project'), corrected);
      assert.equal(await next.stop(), 0);
    }));

  it('of other keys are dropped and counted, those of a key of before stay in spend', async () => {
    const service = await startOnFreshDirectory();
    try {
      const api = apiOf(service);
      await choose(api, 'project');
      const labels = { project: 'atlas', colour: 'red', constructor: 'x' };
      const records = [recordWith({ labels }), recordWith({ labels, costMicros: -1 }), recordWith()];
      const { body } = await api.post('/metering', records);
      assert.deepEqual(z.object({ accepted: z.int(), droppedLabels: z.int() }).parse(body), {
        accepted: 2,
        droppedLabels: 2,
      });
      const metrics = await api.call('GET', '/metrics');
      assert.match(String(metrics.body), /^bursar_metering_dropped_labels_total 2$/m);
      await choose(api, 'costCenter');
      await api.meter([recordWith({ labels: { project: 'atlas', costCenter: 'c-1' } })]);
      assert.equal((await api.spend('label.project=atlas')).records, 1);
      assert.equal((await api.spend('label.costCenter=c-1')).records, 1);
    } finally {
      await service.dispose();
    }
  });

  it('are refused where they are none, in records, settings and questions', async () => {
    const service = await startOnFreshDirectory();
    try {
      const api = apiOf(service);
      const bad = [{ labels: 'atlas' }, { labels: { project: 7 } }, { labels: { project: '' } }];
      const { rejected } = await api.meter(bad.map((changes) => recordWith(changes)));
      assert.deepEqual(
        rejected.map(({ code }) => code),
        ['wrongType', 'wrongType', 'textEmpty'],
      );
      for (const labelKeys of [['a', 'a'], ['a,b'], ['__proto__'], ['1', '2', '3', '4', '5', '6', '7']]) {
        const refused = await api.put('/organisation', { labelKeys });
        assert.deepEqual([refused.status, codeOf(refused)], [400, 'invalidValue']);
      }
      await choose(api, 'project');
      for (const [question, code] of [
        ['by=label.colour', 'invalidValue'],
        ['label.colour=red', 'invalidValue'],
        ['by=label.', 'invalidValue'],
        ['by=colour', 'invalidValue'],
        ['by=label.project,label.project', 'invalidValue'],
        ['toString=x', 'unknownField'],
        ['labels.project=x', 'unknownField'],
      ]) {
        const refused = await api.get(`/spend?${question}`);
        assert.deepEqual([refused.status, codeOf(refused)], [400, code], question);
      }
    } finally {
      await service.dispose();
    }
  });

  it('raise the format of the log when the first are chosen, and not before', () =>
    withDirectory(async (directory) => {
      const service = await startService({ directory });
      const api = apiOf(service);
      await api.put('/organisation', { labelKeys: ['1'] });
      await api.put('/organisation', { labelKeys: [] });
      await api.meter([recordWith(atlas)]);
      await choose(api, 'project');
      await choose(api, 'project', 'costCenter');
      assert.equal(await service.stop(), 0);
      const log = await readLogOf(directory);
      const events = await log.readAll(0, 100);
      await log.close();
      const told = events
        .filter(({ type }) => ['FormatRaised', 'LabelKeysChosen', 'RecordsMetered'].includes(type))
        .map(({ type, data }) => (type === 'FormatRaised' ? data : type));
      assert.deepEqual(told, [{ level: 2 }, 'RecordsMetered', { level: 3 }, 'LabelKeysChosen', 'LabelKeysChosen']);
    }));
});
