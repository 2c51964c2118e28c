import assert from 'node:assert/strict';
import { z } from 'zod';
import { type Bursar, createBursar } from '#client/bursar.js';
import type { AskFanOut, RenewFanOut } from '#client/fan-out-contract.js';
import type { MeteringRecord, TokenUsage } from '#client/metering-contract.js';
import { type FreshService, startOnFreshDirectory } from '#test/support/service.js';

const schema = z.object({
  properties: z.record(z.string(), z.looseObject({ type: z.string().optional() })),
  required: z.array(z.string()).optional(),
});
const body = z.looseObject({ oneOf: z.array(z.unknown()).optional() });
const openApi = z.object({
  paths: z.record(
    z.string(),
    z.object({
      post: z
        .object({ requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema: body }) }) }) })
        .optional(),
    }),
  ),
});

/** Every field of a type as JSON names its type, `?` when it may be left out: the compiler holds this to the type. */
type FieldsOf<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? `${JsonType<NonNullable<T[Name]>>}?`
    : JsonType<NonNullable<T[Name]>>;
};
type JsonType<T> = T extends string
  ? 'string'
  : T extends number
    ? 'integer'
    : T extends boolean
      ? 'boolean'
      : 'object';

const askFields: FieldsOf<AskFanOut> = {
  requestId: 'string',
  groupId: 'string?',
  userId: 'string',
  taskId: 'string',
  parentFanOutId: 'string?',
  items: 'integer',
  concurrency: 'integer?',
  estimatedCostMicrosPerItem: 'integer?',
  skill: 'string?',
  pattern: 'string?',
  leaseSeconds: 'integer?',
};
const renewFields: FieldsOf<RenewFanOut> = { remainingItems: 'integer?', leaseSeconds: 'integer?' };
const recordFields: FieldsOf<MeteringRecord> = {
  source: 'string?',
  id: 'string',
  taskId: 'string',
  parentTaskId: 'string?',
  userId: 'string',
  groupId: 'string?',
  occurredAt: 'string',
  costMicros: 'integer?',
  currency: 'string?',
  model: 'string?',
  batch: 'boolean?',
  usage: 'object?',
  trigger: 'string?',
  scheduleId: 'string?',
  fanOutId: 'string?',
  skill: 'string?',
  plugin: 'string?',
  connector: 'string?',
  tool: 'string?',
  durationMs: 'integer?',
  sourceCount: 'integer?',
  labels: 'object?',
};
const usageFields: FieldsOf<TokenUsage> = {
  inputTokens: 'integer?',
  outputTokens: 'integer?',
  cacheReadTokens: 'integer?',
  cacheWrite5mTokens: 'integer?',
  cacheWrite1hTokens: 'integer?',
  webSearches: 'integer?',
  speed: 'string?',
};

describe('the client and the OpenAPI document', () => {
  let service: FreshService;
  let bursar: Bursar;
  let documented: z.infer<typeof openApi>['paths'];
  const sent: string[] = [];

  beforeAll(async () => {
    service = await startOnFreshDirectory();
    documented = openApi.parse(await (await fetch(`${service.url}/api/v1/openapi.json`)).json()).paths;
    bursar = createBursar({
      url: service.url,
      key: service.ownerKey,
      fetch: (url, init) => {
        sent.push(`${init.method} ${new URL(url).pathname}`);
        return fetch(url, init);
      },
    });
  });
  afterAll(() => service.dispose());

  const bodyOf = (path: string) => {
    assert.ok(path in documented, `${path} is documented`);
    const found = documented[path].post?.requestBody.content['application/json'].schema;
    assert.ok(found !== undefined, `POST ${path} is documented`);
    return found;
  };
  /** The fields of a documented object, in the form of `FieldsOf`. */
  const fieldsOf = (documentedBody: unknown): Readonly<Record<string, string>> => {
    const { properties, required = [] } = schema.parse(documentedBody);
    return Object.fromEntries(
      Object.entries(properties).map(([name, { type = 'object' }]) => [
        name,
        required.includes(name) ? type : `${type}?`,
      ]),
    );
  };

  it('agree about every field of a request', () => {
    assert.deepEqual(fieldsOf(bodyOf('/api/v1/fan-outs')), askFields);
    assert.deepEqual(fieldsOf(bodyOf('/api/v1/fan-outs/check')), askFields);
    // Every command takes a reason for the audit; the client has none to give.
    const { reason, ...renewal } = fieldsOf(bodyOf('/api/v1/fan-outs/{fanOutId}/renew'));
    assert.deepEqual([reason, renewal], ['string?', renewFields]);
    const [record] = bodyOf('/api/v1/metering').oneOf ?? [];
    assert.deepEqual(fieldsOf(record), recordFields);
    assert.deepEqual(fieldsOf(schema.parse(record).properties.usage), usageFields);
  });

  it('agree about paths, and real answers are read', async () => {
    const request = { requestId: 'r-1', groupId: 'unassigned', userId: 'u-ana', taskId: 't-1', items: 3 };
    const check = await bursar.checkFanOut({ ...request, estimatedCostMicrosPerItem: 5 });
    const granted = await bursar.askFanOut({ ...request, estimatedCostMicrosPerItem: 5, leaseSeconds: 60 });
    assert.ok(check.decision === 'granted' && granted.decision === 'granted');
    assert.deepEqual(
      [granted.concurrency, granted.heldMicros, granted.expiresInSeconds, check.heldMicros],
      [3, 15, 60, 15],
    );
    const { fanOutId } = granted;
    const renewed = await bursar.renewFanOut(fanOutId, { remainingItems: 1, leaseSeconds: 120 });
    assert.deepEqual([renewed.remainingItems, renewed.concurrency, renewed.expiresInSeconds], [1, 1, 120]);
    const occurredAt = new Date().toISOString();
    const cost = { source: 's', id: '1', taskId: 't-2', userId: 'u-ana', occurredAt, costMicros: 7, fanOutId };
    const metered = await bursar.meter([cost, { ...cost, id: '2', occurredAt: 'yesterday' }]);
    assert.deepEqual([metered.accepted, metered.rejected[0]?.index, metered.rejected[0]?.code], [1, 1, 'notATime']);
    const released = await bursar.releaseFanOut(fanOutId);
    assert.deepEqual([released.state, released.spentMicros, released.expiresInSeconds], ['released', 7, 0]);

    const used = sent.map((call) => call.replace(fanOutId, '{fanOutId}').replace('POST ', ''));
    assert.equal(used.length, 5);
    for (const path of used) bodyOf(path);
  });

  it('agree about a denial and about errors', async () => {
    const request = { requestId: 'r-2', groupId: 'unassigned', userId: 'u-ana', taskId: 't-3', items: 100_000 };
    const denied = await bursar.askFanOut(request);
    assert.equal(denied.decision, 'denied');
    const reason = denied.reasons.find(({ code }) => code === 'itemsPerFanOut');
    assert.deepEqual([reason?.limit, reason?.requested, reason?.unsatisfiable], [200, 100_000, true]);
    await assert.rejects(bursar.renewFanOut('fo_none'), { name: 'BursarError', status: 404, code: 'unknownFanOut' });
    const stranger = createBursar({ url: service.url, key: 'nobody' });
    await assert.rejects(stranger.askFanOut(request), { status: 401 });
    await assert.rejects(createBursar({ url: 'http://127.0.0.1:9', key: '' }).askFanOut(request), {
      status: 0,
      code: 'unreachable',
    });
  });
});
