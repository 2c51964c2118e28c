import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { meteringRecord } from '#metering/domain/metering-record.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { meterInto, withDirectory } from '#test/support/metered-directory.js';
import { ConfigError } from '#apps/bursar/config.js';
import type { ExportedRecord } from './export/exported-records.js';
import { exportCommand } from './export.js';
import { verifyCommand } from './verify.js';

const sent: readonly MeteringRecord[] = [
  {
    source: 'ci',
    id: '1',
    taskId: 't',
    userId: 'ana',
    groupId: 'eng',
    occurredAt: '2026-11-19T23:30:00.482Z',
    costMicros: 18_250,
    currency: 'USD',
    durationMs: 0,
  },
  {
    source: 'ci',
    id: '2',
    taskId: 't',
    parentTaskId: 't0',
    userId: 'bo',
    occurredAt: '2026-11-20T14:00:00.000Z',
    model: 'claude-sonnet-5',
    batch: true,
    usage: { inputTokens: 1_200, outputTokens: 640, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
    trigger: 'scheduled',
    scheduleId: 'nightly',
    fanOutId: 'fo',
    skill: 'triage',
    plugin: 'tools@3.2.1',
    connector: 'crm',
    tool: 'search',
    durationMs: 2_310,
    sourceCount: 14,
  },
  {
    source: 'ci',
    id: '3',
    taskId: 't',
    userId: 'cy',
    occurredAt: '2026-11-20T15:00:00.000Z',
    costMicros: 1,
    currency: 'USD',
  },
];

const exported = async (directory: string, ...more: readonly string[]): Promise<readonly ExportedRecord[]> => {
  let text = '';
  const output = new Writable({
    write(piece: Buffer, _encoding, done) {
      text += piece.toString('utf8');
      done();
    },
  });
  assert.equal(await exportCommand(['--data', directory, ...more], {}, output), 0);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ExportedRecord);
};

const withRecords = (run: (directory: string) => Promise<void>): Promise<void> =>
  withDirectory(async (directory) => {
    await meterInto(directory, async (log) => {
      await log.fix('Europe/Berlin');
      await log.meter(sent);
      await log.snapshot();
      await log.meter([sent[0]]);
      await log.reattribute('ci', '2', 'ops');
      await log.void('ci', '3');
    });
    await run(directory);
  });

describe('bursar export', () => {
  it('writes each record that counts as it was sent', () =>
    withRecords(async (directory) => {
      assert.deepEqual(await exported(directory), [sent[0], sent[1]]);
    }));

  it('says on demand what each record is charged now', () =>
    withRecords(async (directory) => {
      assert.deepEqual(await exported(directory, '--charged'), [
        { ...sent[0], charged: { groupId: 'eng', costMicros: 18_250, rating: 'reported', priceVersion: '' } },
        {
          ...sent[1],
          charged: {
            groupId: 'ops',
            costMicros: 4_400,
            rating: 'priced',
            priceVersion: 'builtIn:claude-sonnet-5@always',
          },
        },
      ]);
    }));

  it('parts what a key said to be free from the rest', () =>
    withDirectory(async (directory) => {
      const usage = {
        inputTokens: 1,
        outputTokens: 0,
        cacheReadTokens: 0,
        cacheWrite5mTokens: 0,
        cacheWrite1hTokens: 0,
      };
      const zero = { ...sent[2], costMicros: 0 };
      await meterInto(directory, async (log) => {
        await log.meter([
          { ...zero, id: 'free', usage },
          { ...zero, id: 'nothing used' },
          { ...zero, id: 'only zeros', usage: { ...usage, inputTokens: 0 } },
          { ...zero, id: 'paid', costMicros: 1, usage },
        ]);
      });
      const ids = async (free: string) => (await exported(directory, '--free', free)).map(({ id }) => id);
      assert.deepEqual([await ids('only'), await ids('none')], [['free'], ['nothing used', 'only zeros', 'paid']]);
    }));

  it('writes the days asked for, in the zone of the organisation', () =>
    withRecords(async (directory) => {
      const ids = async (...days: readonly string[]) => (await exported(directory, ...days)).map(({ id }) => id);
      assert.deepEqual(await ids('--from', '2026-11-20', '--to', '2026-11-21'), ['1', '2']);
      assert.deepEqual(await ids('--to', '2026-11-20'), []);
    }));

  it('writes what can be metered again: the same records, the same cost', () =>
    withRecords((directory) =>
      withDirectory(async (other) => {
        const again = (await exported(directory)).map((record) => meteringRecord.parse(record));
        await meterInto(other, async (log) => {
          await log.fix('Europe/Berlin');
          await log.meter(again);
        });
        const costs = async (of: string) => (await exported(of, '--charged')).map(({ charged }) => charged?.costMicros);
        assert.deepEqual(await costs(other), [18_250, 4_400]);
        assert.deepEqual(await exported(other), await exported(directory));
        assert.equal(await verifyCommand(['--data', other], {}, { write: () => true }), 0);
      }),
    ));

  it('writes into a new file', () =>
    withRecords(async (directory) => {
      const file = join(directory, 'records.jsonl');
      assert.deepEqual(await exported(directory, '--out', file), []);
      assert.equal(readFileSync(file, 'utf8').split('\n').length, 3);
      await assert.rejects(exported(directory, '--out', file), ConfigError);
    }));

  it('refuses wrong use', () =>
    withDirectory(async (directory) => {
      await assert.rejects(exportCommand(['--from', '2026-02-30'], {}), /is no day/);
      await assert.rejects(exportCommand(['--free', 'all'], {}), /is neither only nor none/);
      await assert.rejects(exportCommand(['--data', directory], {}), ConfigError);
    }));
});
