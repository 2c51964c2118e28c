import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Api, apiOf, codeOf, recordWith } from '#test/support/api.js';
import { type FreshService, startOnFreshDirectory } from '#test/support/service.js';

const parameter = z.object({ name: z.string(), in: z.string() });
const documentShape = z.object({
  paths: z.record(z.string(), z.object({ get: z.object({ parameters: z.array(parameter).default([]) }).optional() })),
});

describe('a query with minPosition', () => {
  let service: FreshService;
  let api: Api;
  let position: string;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    ({ position } = await api.meter([recordWith()]));
  });
  afterAll(() => service.dispose());

  it('is answered with what is at that position, whatever else it asks', async () => {
    for (const query of ['by=group&', 'by=group,day&limit=1&', '']) {
      const { asOf, totalMicros } = await api.spend(`${query}minPosition=${position}`);
      assert.ok(Number(asOf.position) >= Number(position));
      assert.equal(totalMicros, 1_000);
    }
  });

  it('is told to come back when this process has not seen so much for a while', async () => {
    const answer = await api.get('/spend?minPosition=999999999999999');
    assert.deepEqual([answer.status, codeOf(answer), answer.headers.get('retry-after')], [503, 'notYetReached', '1']);
  });

  for (const wrong of ['', 'abc', '-1', '1.5', '1e3', '9'.repeat(16), '1&minPosition=2']) {
    it(`is refused with ${wrong || 'none'}`, async () => {
      const answer = await api.get(`/spend?minPosition=${wrong}`);
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalidPosition']);
    });
  }

  it('is asked who calls before it waits', async () => {
    const answer = await apiOf(service, 'nobody').get('/spend?minPosition=999999999999999');
    assert.equal(answer.status, 401);
  });

  it('is what every query may be, and every one is documented with it', async () => {
    const { paths } = documentShape.parse((await api.get('/openapi.json')).body);
    const queries = Object.entries(paths).flatMap(([path, { get }]) =>
      get !== undefined && path.startsWith('/api/v1/') ? [{ path, get }] : [],
    );
    assert.ok(queries.length > 15);
    for (const { path, get } of queries) {
      assert.ok(
        get.parameters.some(({ name, in: where }) => name === 'minPosition' && where === 'query'),
        path,
      );
      if (path.endsWith('/stream')) continue;
      const month = new Date().toISOString().slice(0, 7);
      const filled = path.replace('{period}', month).replaceAll(/\{\w+\}/g, 'eng');
      const without = await api.call('GET', filled);
      const answer = await api.call('GET', `${filled}?minPosition=${position}`);
      assert.equal(answer.status, without.status, filled);
      assert.notEqual(answer.status, 400, filled);
    }
  });
});
