import assert from 'node:assert/strict';
import { z } from 'zod';
import { apiOf } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const listed = z.object({ model: z.string().nullable(), priceVersion: z.string() });
const publication = z.object({ published: listed, ratingJobId: z.string().nullable() });
const page = z.object({ items: z.array(listed), nextCursor: z.string().nullable() });

describe('prices', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());

  const publish = async (model: string, micros: number, headers?: Record<string, string>) => {
    const prices = {
      inputMicros: micros,
      cacheWrite5mMicros: micros,
      cacheWrite1hMicros: micros,
      cacheReadMicros: micros,
      outputMicros: micros,
    };
    const { status, body } = await api.post('/prices', { model, prices }, headers);
    assert.equal(status, 201, JSON.stringify(body));
    return publication.parse(body);
  };

  it('answer the same to the same Idempotency-Key, whatever was published meanwhile', async () => {
    const key = { 'idempotency-key': 'price-1' };
    const first = await publish('acme-one', 1, key);
    await publish('acme-two', 2);
    assert.deepEqual(await publish('acme-one', 1, key), first);
  });

  it('answer with the price that stands when it is published once more', async () => {
    const first = await publish('acme-three', 3);
    await publish('acme-four', 4);
    assert.deepEqual(await publish('acme-three', 3), first);
  });

  it('are listed once each, although some are published while somebody turns the pages', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = '', turned = 0; cursor !== null; turned++) {
      const { body } = await api.get(`/prices?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const { items, nextCursor } = page.parse(body);
      seen.push(...items.map(({ priceVersion }) => priceVersion));
      // Before everything that was seen.
      await publish('a', turned);
      cursor = nextCursor;
    }
    assert.deepEqual(
      seen.filter((version, place) => seen.indexOf(version) !== place),
      [],
    );
  });
});
