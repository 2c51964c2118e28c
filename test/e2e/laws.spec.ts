import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { z } from 'zod';
import { formatInstant } from '#kernel/instants.js';
import { apiOf } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { diagnostic } from '#test/support/diagnostic.js';
import { publishedPrices, sentRecords } from '#test/support/generators.js';
import type { SentRecord } from '#test/support/generators.js';
import { createModel, identityOf } from '#test/support/model.js';
import type { Model } from '#test/support/model.js';
import { bursarCommand, startService, withDirectory } from '#test/support/service.js';

const dimensions = ['group', 'user', 'skill', 'plugin', 'connector', 'model', 'trigger', 'schedule'] as const;

/** Identities of their own, so that there are many records; each third one comes twice. */
const manyRecords = (seed: number): readonly SentRecord[] =>
  fc.sample(sentRecords, { numRuns: 600, seed }).flatMap((record, place) => {
    const own = { ...record, id: `${record.id}-${String(place)}` };
    return place % 3 === 0 ? [own, own] : [own];
  });

const compare = async (api: Api, model: Model): Promise<void> => {
  const records = model.spend();
  for (const by of dimensions) {
    const expected = new Map<string | null, number>();
    for (const record of records) {
      const name = (by === 'model' ? model.modelOf(record.model) : record[by]) || null;
      expected.set(name, (expected.get(name) ?? 0) + record.costMicros);
    }
    const { items, totalMicros, records: count } = await api.spend(`by=${by}&from=2026-09-01&to=2026-12-01&limit=1000`);
    assert.deepEqual(new Map(items.map((item) => [item[by], item.spentMicros])), expected, by);
    assert.equal(
      totalMicros,
      records.reduce((sum, { costMicros }) => sum + costMicros, 0),
    );
    assert.equal(count, records.length);
  }
};

const corrected = async (api: Api): Promise<void> => {
  const standing = z.object({ provisionalBecause: z.array(z.string()) });
  while (standing.parse((await api.get('/spend')).body).provisionalBecause.includes('correctionRunning')) {
    await wait(10);
  }
};

it('laws 1, 2, 3 and 7 over HTTP: the service, a plain model and the verifier agree, also after a restart and a kill', () =>
  withDirectory(async (directory) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    diagnostic(`seed ${String(seed)}`);
    const records = manyRecords(seed);
    const model = createModel(2);
    let service = await startService({ directory });
    const { ownerKey } = service;
    let api = apiOf(service);

    // From several senders at the same time; prices and voids come in between.
    const half = records.length / 2;
    const meter = async (some: readonly SentRecord[]): Promise<void> => {
      const requests = Array.from({ length: 6 }, (_, sender) => some.filter((_record, place) => place % 6 === sender));
      await Promise.all(requests.map((request) => api.meter(request)));
      for (const record of some) model.count(record);
    };
    await meter(records.slice(0, half));
    for (const price of fc.sample(publishedPrices, { numRuns: 4, seed })) {
      const { model: name, fromMs, prices } = price;
      const from = fromMs === null ? null : formatInstant(fromMs);
      const { status } = await api.post('/prices', {
        ...(name === null ? { fallback: true } : { model: name }),
        from,
        prices,
      });
      assert.ok(status < 300);
      model.publish(price);
    }
    for (const { source, id } of records.filter((_, place) => place % 50 === 0)) {
      const { status } = await api.post('/metering/voids', { source, id, reason: 'a test' });
      if (status === 200) model.void(identityOf({ source, id }));
    }
    await meter(records.slice(half));
    await corrected(api);
    await compare(api, model);

    for (const end of ['stop', 'kill'] as const) {
      await service[end]();
      service = await startService({ directory, ownerKey });
      api = apiOf(service);
      assert.equal((await api.meter(records.slice(0, 100))).accepted, 0, 'everything is known');
      await compare(api, model);
    }
    await service.stop();
    const verified = spawnSync(process.execPath, bursarCommand('verify', '--data', directory), { encoding: 'utf8' });
    assert.equal(verified.status, 0, `${verified.stdout}\n${verified.stderr}`);
  }));
