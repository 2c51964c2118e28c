import assert from 'node:assert/strict';
import { millisecondsInDay, millisecondsInMinute } from 'date-fns/constants';
import { apiOf, recordWith } from '#test/support/api.js';
import type { Api } from '#test/support/api.js';
import { startOnFreshDirectory } from '#test/support/service.js';
import type { FreshService } from '#test/support/service.js';

const at = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString();

/** What is wrong with a record, as the JSON text of the fields that differ from a good one, and the code it gets. */
const badRecords: readonly (readonly [what: string, fields: string, code: string])[] = [
  ['an unknown field', '"colour":"red"', 'unknownField'],
  ['an unknown field in usage', '"usage":{"inputTokens":1,"dreams":2}', 'unknownField'],
  ['__proto__', '"__proto__":{"costMicros":1}', 'unknownField'],
  ['__proto__ in usage', '"usage":{"__proto__":{"inputTokens":1}}', 'unknownField'],
  ['constructor', '"constructor":{"prototype":{}}', 'unknownField'],
  ['no user', '"userId":null', 'wrongType'],
  ['an empty id', '"id":""', 'textEmpty'],
  ['an id of 256 characters', `"id":"${'x'.repeat(256)}"`, 'textTooLong'],
  ['a user id with a line end', '"userId":"u\\n1"', 'controlCharacter'],
  ['a task id with NUL', '"taskId":"t\\u0000"', 'controlCharacter'],
  ['a lone surrogate', '"userId":"u\\ud800"', 'loneSurrogate'],
  ['half a pair in a skill', '"skill":"\\udc00x"', 'loneSurrogate'],
  ['a negative cost', '"costMicros":-1', 'negativeAmount'],
  ['a fractional cost', '"costMicros":0.5', 'fractionalAmount'],
  ['a cost of 1e400', '"costMicros":1e400', 'amountTooLarge'],
  ['a cost above 2^53', '"costMicros":9007199254740993', 'amountTooLarge'],
  ['NaN as a text', '"costMicros":"NaN"', 'wrongType'],
  ['Infinity as a text', '"costMicros":"Infinity"', 'wrongType'],
  ['negative tokens', '"usage":{"inputTokens":-5}', 'negativeAmount'],
  ['fractional tokens', '"usage":{"outputTokens":1.5}', 'fractionalAmount'],
  ['tokens above 2^53', '"usage":{"cacheReadTokens":1e300}', 'amountTooLarge'],
  ['usage that is no object', '"usage":[1]', 'wrongType'],
  ['deep nesting', `"usage":${'['.repeat(5_000)}${']'.repeat(5_000)}`, 'wrongType'],
  ['an unknown currency', '"currency":"XXY"', 'unknownCurrency'],
  ["a currency that is not the organisation's", '"currency":"EUR"', 'currencyMismatch'],
  ['a time without zone', '"occurredAt":"2026-11-20T10:00:00"', 'timeWithoutZone'],
  ['February 30th', '"occurredAt":"2026-02-30T10:00:00Z"', 'notATime'],
  ['a time that is a number', '"occurredAt":1700000000', 'wrongType'],
  ['a time that is no time', '"occurredAt":"yesterday"', 'notATime'],
  ['a time 401 days ago', `"occurredAt":"${at(-401 * millisecondsInDay)}"`, 'tooOld'],
  ['a time in ten minutes', `"occurredAt":"${at(10 * millisecondsInMinute)}"`, 'tooFarAhead'],
  ['an unknown trigger', '"trigger":"whim"', 'unknownTrigger'],
  ['batch as a text', '"batch":"true"', 'wrongType'],
  ['a cost of null', '"costMicros":null', 'wrongType'],
];

describe('a bad record is refused with its own code, and does not stop the good ones', () => {
  let service: FreshService;
  let api: Api;
  beforeAll(async () => {
    service = await startOnFreshDirectory();
    api = apiOf(service);
  });
  afterAll(() => service.dispose());

  for (const [what, fields, code] of badRecords) {
    it(`${what}: ${code}`, async () => {
      const before = await api.spend('by=group');
      // Later fields win in JSON, so the bad one replaces the good one of the same name.
      const good = JSON.stringify(recordWith());
      const bad = `${JSON.stringify(recordWith()).slice(0, -1)},${fields}}`;
      const answer = await api.meter(`[${bad},${good}]`);
      assert.deepEqual(
        answer.rejected.map((rejected) => [rejected.index, rejected.code]),
        [[0, code]],
      );
      assert.equal(answer.accepted, 1);
      assert.ok(answer.rejected[0].detail.length > 10, 'the detail says what to do');
      const spent = await api.spend('by=group');
      assert.equal(spent.totalMicros, before.totalMicros + 1_000, 'only the good record counts');
      assert.equal(spent.records, before.records + 1);
    });
  }

  for (const missing of ['id', 'taskId', 'userId', 'occurredAt', 'source']) {
    it(`no ${missing}: missingField`, async () => {
      const answer = await api.meter([recordWith({ [missing]: undefined })]);
      assert.equal(answer.rejected[0].code, 'missingField');
      assert.match(answer.rejected[0].detail, new RegExp(missing));
    });
  }

  it('neither cost nor usage: costOrUsageMissing', async () => {
    const answer = await api.meter([recordWith({ costMicros: undefined })]);
    assert.equal(answer.rejected[0].code, 'costOrUsageMissing');
  });

  it('something that is no object: recordNotObject', async () => {
    const answer = await api.meter('[1, null, "x", [], true]');
    assert.deepEqual(new Set(answer.rejected.map(({ code }) => code)), new Set(['recordNotObject']));
    assert.equal(answer.rejected.length, 5);
  });

  it('usage that would cost more than 2^53 - 1 micros: costOutOfRange', async () => {
    const usage = { outputTokens: Number.MAX_SAFE_INTEGER };
    const answer = await api.meter([recordWith({ costMicros: undefined, model: 'claude-opus-5', usage })]);
    assert.equal(answer.rejected[0].code, 'costOutOfRange');
  });

  it('a key that stands for a source and a record of another: sourceNotAllowed', async () => {
    const { body } = await api.post('/api-keys', { name: 'm', role: 'metering', source: 'mine' });
    const metering = apiOf(service, (body as { key: string }).key);
    const answer = await metering.meter([recordWith({ source: 'theirs' }), recordWith({ source: undefined })]);
    assert.deepEqual(
      answer.rejected.map(({ code }) => code),
      ['sourceNotAllowed'],
    );
    assert.equal(answer.accepted, 1);
  });

  it('a key with groups and a record of another group: groupNotAllowed', async () => {
    const { body } = await api.post('/api-keys', { name: 'm', role: 'metering', groups: ['eng'] });
    const metering = apiOf(service, (body as { key: string }).key);
    const answer = await metering.meter([recordWith({ groupId: 'sales' }), recordWith()]);
    assert.deepEqual(
      answer.rejected.map(({ code }) => code),
      ['groupNotAllowed'],
    );
    assert.equal(answer.accepted, 1);
  });
});
