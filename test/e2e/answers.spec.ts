import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Answer, type Api, apiOf, recordWith } from '#test/support/api.js';
import { fanOutWith, granted } from '#test/support/fan-outs.js';
import { type FreshService, startOnFreshDirectory } from '#test/support/service.js';

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() })),
        responses: z.record(z.string(), z.looseObject({ content: z.unknown().optional() })),
      }),
    ),
  ),
});
const content = z.object({ 'application/json': z.looseObject({ schema: z.custom<JsonSchema>() }) });

/** The same schema, with nothing but what is documented. */
const closed = (schema: JsonSchema): JsonSchema =>
  z.record(z.string(), z.unknown()).parse(
    JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
      if (typeof value !== 'object' || value === null || !('properties' in value) || key === 'properties') return value;
      return { ...value, additionalProperties: false };
    }),
  );

describe('the OpenAPI document', () => {
  let service: FreshService;
  let api: Api;
  let paths: z.infer<typeof documentShape>['paths'];

  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
    ({ paths } = documentShape.parse((await api.get('/openapi.json')).body));
    await api.put('/groups/eng', { name: 'Engineering' });
    const policy = { kind: 'fixed', capMicros: 1_000 };
    await api.put('/groups/eng/cap', { policy, enforcement: 'alert', reason: 'a test' });
  });
  afterAll(() => service.dispose());

  /** Holds an answer to what is documented for it: no field more, none less. */
  const satisfies = (method: string, path: string, answer: Answer): void => {
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const documented = content.parse(paths[`/api/v1${path}`][method].responses['200'].content);
    const { schema } = documented['application/json'];
    const read = z.fromJSONSchema(closed(schema)).safeParse(answer.body);
    assert.ok(read.success, `${method} ${path} ${JSON.stringify(answer.body)}: ${String(read.error)}`);
    const missing = z.fromJSONSchema(schema).safeParse({});
    assert.ok(!missing.success, `${method} ${path} is documented as more than an object`);
  };

  it('says what is answered about fan-outs that are granted, renewed, released and listed', async () => {
    const asked = fanOutWith({ items: 3, skill: 'triage', pattern: 'map' });
    satisfies('post', '/fan-outs/check', await api.post('/fan-outs/check', asked));
    const answer = await api.post('/fan-outs', asked);
    satisfies('post', '/fan-outs', answer);
    const { fanOutId } = granted(answer);
    await api.meter([recordWith({ fanOutId, costMicros: 50 })]);
    satisfies('post', '/fan-outs', await api.post('/fan-outs', fanOutWith({ parentFanOutId: fanOutId })));
    const renewal = await api.post(`/fan-outs/${fanOutId}/renew`, { remainingItems: 1 });
    satisfies('post', '/fan-outs/{fanOutId}/renew', renewal);
    satisfies('get', '/fan-outs/{fanOutId}', await api.get(`/fan-outs/${fanOutId}`));
    satisfies('post', '/fan-outs/{fanOutId}/release', await api.post(`/fan-outs/${fanOutId}/release`, {}));
    satisfies('get', '/fan-outs/{fanOutId}', await api.get(`/fan-outs/${fanOutId}`));
    satisfies('post', '/fan-outs', await api.post('/fan-outs', asked));
    satisfies('get', '/fan-outs', await api.get('/fan-outs'));
    satisfies('get', '/fan-outs', await api.get('/fan-outs?limit=1'));
  });

  it('says what is answered about fan-outs that are denied, or would have been', async () => {
    const dear = fanOutWith({ items: 2, estimatedCostMicrosPerItem: 5_000 });
    satisfies('post', '/fan-outs', await api.post('/fan-outs', dear));
    await api.put('/groups/eng/limits', { maxConcurrency: 0, maxItemsPerFanOut: 1, paused: true });
    for (const path of ['/fan-outs', '/fan-outs/check']) {
      satisfies('post', path, await api.post(path, fanOutWith({ items: 400, estimatedCostMicrosPerItem: 5_000 })));
    }
    await api.put('/groups/eng/limits', { maxConcurrency: 1, paused: false });
    const busy = await api.post('/fan-outs', fanOutWith({ items: 1 }));
    satisfies('post', '/fan-outs', busy);
  });

  it('names every parameter of every path', () => {
    for (const [path, operations] of Object.entries(paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const [method, { parameters }] of Object.entries(operations)) {
        const described = parameters.filter((one) => one.in === 'path' && one.required).map(({ name }) => name);
        assert.deepEqual(described.sort(), names.sort(), `${method} ${path}`);
      }
    }
  });

  it('says what becomes of records', async () => {
    const records = [recordWith(), recordWith({ costMicros: -1 }), { nothing: true }];
    satisfies('post', '/metering', await api.call('POST', '/api/v1/metering', [...records, records[0]]));
  });
});
