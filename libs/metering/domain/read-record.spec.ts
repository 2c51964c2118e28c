import assert from 'node:assert/strict';
import fc from 'fast-check';
import { meteringRecord } from './metering-record.js';
import { readRecord } from './read-record.js';
import { emptyRow } from './record-row.js';

const good = {
  source: 'cowork',
  id: 'req_1',
  taskId: 't-1',
  userId: 'u-ana',
  occurredAt: '2026-11-20T14:03:11.482+01:00',
  usage: { inputTokens: 1200, outputTokens: 640 },
};

/** Values that a careless or hostile sender might put into any field. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    1e300,
    Infinity,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    '',
    'x',
  ),
  fc.constantFrom<unknown>(
    'NaN',
    '\u0000',
    'a\u0085',
    '\ud800',
    'x\udc00',
    '😀',
    'é',
    'x'.repeat(255),
    'x'.repeat(256),
  ),
  fc.constantFrom<unknown>(
    [],
    [1],
    {},
    { inputTokens: 1 },
    { inputTokens: -1 },
    { dreams: 1 },
    { outputTokens: 1, x: 0 },
    { project: 'atlas' },
    { project: '' },
    { project: 'atlas', colour: 7 },
    { project: '\ud800' },
  ),
  fc.constantFrom<unknown>('2026-02-30T00:00:00Z', '2026-11-20T10:00:00', '2024-02-29T10:00:00Z', 'scheduled', 'whim'),
  fc.string({ unit: 'binary' }),
  fc.double(),
);
const fieldNames = [...Object.keys(meteringRecord.shape), '__proto__', 'constructor', 'colour'];
const oddRecord = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...fieldNames), oddValue), { maxLength: 4 }),
    fc.subarray(fieldNames, { maxLength: 3 }),
  )
  .map(([changes, removed]) => {
    const fields = new Map<string, unknown>([...Object.entries(good), ...changes]);
    for (const name of removed) fields.delete(name);
    // Through JSON, as it comes from a sender: `__proto__` becomes a field like any other.
    const text = [...fields].flatMap(([name, value]) => {
      const json = JSON.stringify(value) as string | undefined;
      return json === undefined ? [] : [`${JSON.stringify(name)}:${json}`];
    });
    return JSON.parse(`{${text.join(',')}}`) as unknown;
  });

describe('reading a record', () => {
  it('takes exactly what the contract takes', () => {
    fc.assert(
      fc.property(oddRecord, (record) => {
        const fault = readRecord(record, '', emptyRow());
        // `source` is optional in the contract, for keys that name one; this reader is told that the key names none.
        const contract =
          meteringRecord.safeParse(record).success &&
          typeof record === 'object' &&
          record !== null &&
          'source' in record;
        assert.equal(fault === undefined, contract, JSON.stringify({ record, fault }));
      }),
      { numRuns: 5_000 },
    );
  });

  it('gives back every field of a full record', () => {
    const row = emptyRow();
    const full = {
      ...good,
      parentTaskId: 't-0',
      groupId: 'eng',
      costMicros: 18_250,
      currency: 'USD',
      model: 'claude-sonnet-5-5',
      batch: true,
      usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWrite5mTokens: 4, cacheWrite1hTokens: 5 },
      trigger: 'scheduled',
      scheduleId: 'nightly',
      fanOutId: 'fo_1',
      skill: 'triage',
      plugin: 'support@3',
      connector: 'crm',
      tool: 'search',
      durationMs: 2_310,
      sourceCount: 14,
    };
    assert.equal(readRecord(full, '', row), undefined);
    const { usage, occurredAt, ...said } = full;
    assert.deepEqual(row, {
      ...said,
      ...usage,
      hasUsage: 1,
      fast: 0,
      webSearches: 0,
      hasOddText: 0,
      droppedLabels: 0,
      batch: 1,
      trigger: 2,
      occurredAtMs: Date.parse(occurredAt),
    });
  });

  it('keeps the labels whose keys are chosen, as they were sent, counts the others, and forgets both', () => {
    const row = emptyRow();
    const labels = { project: ' Zoë ', colour: 'red', costCenter: 'eng-1', constructor: 'x' };
    assert.equal(readRecord({ ...good, labels }, '', row, ['costCenter', 'project']), undefined);
    assert.deepEqual([...row.labels].sort(), [
      ['costCenter', 'eng-1'],
      ['project', ' Zoë '],
    ]);
    assert.deepEqual([row.droppedLabels, row.hasOddText], [2, 0]);
    assert.equal(readRecord(good, '', row, ['project']), undefined);
    assert.deepEqual([row.labels.size, row.droppedLabels], [0, 0]);
  });

  const badLabels: readonly (readonly [labels: unknown, code: string, detail: RegExp])[] = [
    ['atlas', 'wrongType', /^labels must be an object/],
    [['atlas'], 'wrongType', /^labels must be an object/],
    [{ project: 7 }, 'wrongType', /^labels[.]project must be a text/],
    [{ colour: '' }, 'textEmpty', /^labels[.]colour is empty/],
    [{ project: 'x'.repeat(256) }, 'textTooLong', /^labels[.]project is longer/],
    [{ project: 'a\u0007' }, 'controlCharacter', /^labels[.]project holds/],
    [{ ['k'.repeat(99)]: 7 }, 'wrongType', /^labels[.]k{40} must/],
  ];
  for (const [labels, code, detail] of badLabels) {
    it(`refuses labels, chosen or not: ${JSON.stringify(labels).slice(0, 40)}`, () => {
      const fault = readRecord({ ...good, labels }, '', emptyRow(), ['project']);
      assert.ok(fault !== undefined);
      assert.equal(fault.code, code);
      assert.match(fault.detail, detail);
    });
  }

  const odd: readonly (readonly [what: string, changes: object, hasOddText: number])[] = [
    ['plain ids, with a space inside', { groupId: 'team a' }, 0],
    ['a letter beyond ASCII', { groupId: 'café' }, 1],
    ['a blank at the end of an id', { tool: 'search ' }, 1],
    ['a blank at the front of an id', { parentTaskId: ' t-0' }, 1],
  ];
  for (const [what, changes, hasOddText] of odd) {
    it(`says whether there is something to normalise: ${what}`, () => {
      const row = emptyRow();
      assert.equal(readRecord({ ...good, ...changes }, '', row), undefined);
      assert.equal(row.hasOddText, hasOddText);
      assert.equal(readRecord(good, '', row), undefined);
      assert.equal(row.hasOddText, 0);
    });
  }

  it('leaves nothing of the record before in the row', () => {
    const row = emptyRow();
    readRecord({ ...good, model: 'm', skill: 's', costMicros: 5, sourceCount: 3, batch: true }, '', row);
    readRecord(good, '', row);
    const fresh = emptyRow();
    readRecord(good, '', fresh);
    assert.deepEqual(row, fresh);
  });

  it('leaves no id for what is no record', () => {
    const row = emptyRow();
    readRecord(good, '', row);
    for (const raw of [null, 'text', [good]]) assert.equal(readRecord(raw, '', row)?.code, 'recordNotObject');
    assert.equal(row.id, '');
  });

  it('takes the source of the key for a record that names none', () => {
    const row = emptyRow();
    assert.equal(readRecord({ ...good, source: undefined }, 'cowork', row)?.code, undefined);
    assert.equal(row.source, 'cowork');
  });

  it('turns -0 into 0, so that the same amount is the same content', () => {
    const row = emptyRow();
    readRecord({ ...good, costMicros: -0 }, '', row);
    assert.ok(Object.is(row.costMicros, 0));
  });
});
