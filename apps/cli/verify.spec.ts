import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { open } from 'lmdb';
import { decodeRecord, encodeRecord } from '#event-sourcing/record-log/log-records.js';
import { blockOffset } from '#identity-index/run-format.js';
import { EmbeddedSnapshots } from '#event-log-lmdb/snapshots.js';
import { decodePage, encodePage } from '#spend/domain/page.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import type { StoredEvent } from '#event-sourcing/ports/event-log.js';
import { proposeEvent } from '#event-sourcing/ports/propose-event.js';
import type { MeteredLog } from '#test/support/metered-log.js';
import { meterInto, withDirectory } from '#test/support/metered-directory.js';
import { ConfigError } from '#apps/bursar/config.js';
import { verifyCommand } from './verify.js';

const record = (id: number): MeteringRecord => ({
  source: 'ci',
  id: String(id),
  taskId: `t${String(id)}`,
  userId: id % 2 === 0 ? 'ana' : 'bo',
  groupId: 'eng',
  occurredAt: '2026-11-20T14:00:00Z',
  model: 'claude-sonnet-5',
  usage: { inputTokens: 1_000, outputTokens: id },
});
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => record(from + at));

/** Positions 1 and 2 fix the organisation, 3 and 4 are records, 5 is a void, 6 a re-attribution. */
const fill = async (log: MeteredLog): Promise<void> => {
  await log.fix('Pacific/Auckland');
  await log.meter(records(0, 400));
  await log.meter(records(350, 700));
  await log.void('ci', '7');
  await log.reattribute('ci', '8', 'ops');
};
const fillAndSave = async (log: MeteredLog): Promise<void> => {
  await fill(log);
  await log.snapshot();
};

const verified = async (directory: string, ...more: readonly string[]) => {
  let text = '';
  const output = { write: (piece: string) => (text += piece) };
  const exitCode = await verifyCommand(['--data', directory, ...more], {}, output);
  return { exitCode, text };
};

const changeEvent = async (directory: string, position: number, change: (event: StoredEvent) => StoredEvent) => {
  const environment = open({ path: join(directory, 'log'), noSubdir: false, encoding: 'binary' });
  const events = environment.openDB<Buffer, number>({ name: 'events', encoding: 'binary' });
  const changed = change(decodeRecord(position, events.get(position) ?? Buffer.alloc(0)));
  await events.put(position, encodeRecord(changed, proposeEvent('', 0, changed, changed.meta).bytes));
  await environment.close();
};

const files = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((path) => !path.endsWith('lock.mdb') && statSync(join(directory, path)).isFile())
    .map((path) => `${path} ${readFileSync(join(directory, path)).toString('base64')}`);

describe('bursar verify', () => {
  it('finds nothing on a stopped service, and changes nothing', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, async (log) => {
        await fillAndSave(log);
        await log.meter(records(700, 900));
      });
      const before = files(directory);
      const { exitCode, text } = await verified(directory);
      assert.match(text, /Nothing differs/);
      assert.match(text, /at position 6; 1 events folded on top of it/);
      assert.equal(exitCode, 0);
      assert.deepEqual(files(directory), before);
    }));

  it('finds nothing when there is no snapshot yet', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fill);
      rmSync(join(directory, 'views'), { recursive: true });
      rmSync(join(directory, 'index'), { recursive: true });
      const { exitCode, text } = await verified(directory);
      assert.match(text, /none; the views were folded from the first event/);
      assert.equal(exitCode, 0);
      assert.deepEqual(readdirSync(directory), ['log']);
    }));

  it('works beside a running service', () =>
    withDirectory((directory) =>
      meterInto(directory, async (log) => {
        await fillAndSave(log);
        const [{ exitCode }] = await Promise.all([verified(directory), log.meter(records(900, 1_000))]);
        assert.equal(exitCode, 0);
        assert.equal((await verified(directory)).exitCode, 0);
      }),
    ));

  it('reports as JSON', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      const { text } = await verified(directory, '--json');
      const {
        ok,
        hash,
        viewsHash,
        spentMicros,
        records: counted,
        duplicates,
        voids,
        tokens,
      } = JSON.parse(text) as Record<string, unknown>;
      // 2 USD for a million tokens in, 10 USD for a million out; record 7 is void.
      const expected = records(0, 700).reduce((sum, _, id) => sum + (id === 7 ? 0 : 2_000 + 10 * id), 0);
      assert.deepEqual(
        { ok, spentMicros, counted, duplicates, voids },
        { ok: true, spentMicros: expected, counted: 700, duplicates: 50, voids: 1 },
      );
      assert.deepEqual(tokens, [{ source: 'ci', input: 699_000, output: 244_650 - 7, cacheRead: 0, cacheWrite: 0 }]);
      assert.equal(hash, viewsHash);
    }));

  it('names what a page of the snapshot has wrong', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      const snapshots = await EmbeddedSnapshots.open({ directory: join(directory, 'views') });
      const key = 'spend/page/skill/month/2026-11';
      const page = decodePage(snapshots.get(key) ?? new Uint8Array());
      const slot = Array.from(page.spent.spent.keys()).findIndex(
        (at) => page.spent.isTaken(at) && page.spent.recordsAt(at) > 1,
      );
      page.spent.spent[slot]++;
      await snapshots.save(snapshots.position() ?? 0, [[key, encodePage(page)]]);
      await snapshots.close();
      const { exitCode, text } = await verified(directory);
      assert.match(text, /spend of eng in 2026-11 by skill ""\n {4}expected (\d+) micros.*\n {4}found {4}\d+ micros/);
      assert.match(text, /\n1 difference\./);
      assert.equal(exitCode, 1);
    }));

  it('says that a snapshot is damaged, and compares without it', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      truncateSync(join(directory, 'views', 'data.mdb'), 5_000);
      const { exitCode, text } = await verified(directory);
      assert.match(text, /the snapshot is damaged, the next start makes a new one/);
      assert.match(text, /\n1 difference\./);
      assert.equal(exitCode, 1);
    }));

  for (const folder of ['views', 'log']) {
    it(`says that a file in ${folder}/ is empty, and goes on living`, () =>
      withDirectory(async (directory) => {
        await meterInto(directory, fillAndSave);
        truncateSync(join(directory, folder, 'data.mdb'), 0);
        if (folder === 'log') await assert.rejects(verified(directory), /data\.mdb is empty/);
        else assert.match((await verified(directory)).text, /the snapshot is damaged/);
      }));
  }

  it('says that a file of the index is missing', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      rmSync(join(directory, 'index'), { recursive: true });
      const { exitCode, text } = await verified(directory);
      assert.match(text, /the snapshot is damaged/);
      assert.equal(exitCode, 1);
    }));

  it('says what to do about a damaged file of the index, which a start does not look through', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      const [run] = readdirSync(join(directory, 'index')).filter((name) => name.endsWith('.run'));
      const path = join(directory, 'index', run);
      const bytes = readFileSync(path);
      bytes[blockOffset(0)] ^= 1;
      writeFileSync(path, bytes);
      const { exitCode, text } = await verified(directory);
      assert.match(text, /the index is damaged; stop the service and remove views\/ and index\//);
      assert.equal(exitCode, 1);
      for (const folder of ['views', 'index']) rmSync(join(directory, folder), { recursive: true });
      await meterInto(directory, async () => undefined);
      assert.equal((await verified(directory)).exitCode, 0);
    }));

  it('names an event that was changed with its checksum', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      await changeEvent(directory, 3, (event) => ({
        ...event,
        data: {
          ...event.data,
          costMicros:
            'costMicros' in event.data && Array.isArray(event.data.costMicros)
              ? event.data.costMicros.map((cost: number) => cost + 1)
              : [],
        },
      }));
      const { exitCode, text } = await verified(directory);
      assert.match(text, /the id of the event at position 3/);
      assert.match(text, /rating of \["ci","0"\] at position 3/);
      assert.equal(exitCode, 1);
    }));

  it('names the spend that a lost correction has moved', () =>
    withDirectory(async (directory) => {
      // The event that the snapshot ends with stays: it tells whose log it is.
      await meterInto(directory, async (log) => {
        await fill(log);
        await log.seal();
        await log.snapshot();
      });
      await changeEvent(directory, 6, ({ meta, ...event }) => {
        const lost = { type: 'CorrectionFinished', data: { jobId: 'j', correctedRecords: 0 } };
        return { ...event, ...lost, meta, id: proposeEvent(meta.commandId, 0, lost, meta).id };
      });
      const { exitCode, text } = await verified(directory);
      assert.match(
        text,
        /spend of ops in 2026-11-21 by model "claude-sonnet-5"\n {4}expected nothing\n {4}found {4}2080 micros, 1 records/,
      );
      assert.doesNotMatch(text, /the id of the event/);
      assert.equal(exitCode, 1);
    }));

  /** Positions 1 to 6 as above, sealed at 7; 8 is sealed at 9; 10 is not sealed. */
  const fillAndSeal = async (log: MeteredLog): Promise<void> => {
    await fill(log);
    await log.seal();
    await log.meter(records(700, 800));
    await log.seal();
    await log.meter(records(800, 900));
    await log.snapshot();
  };
  /** As somebody would who knows how ids and checksums are made: nothing else tells of it. */
  const giveAnotherReason = (directory: string, position: number) =>
    changeEvent(directory, position, (event) => {
      const meta = { ...event.meta, reason: 'another' };
      return { ...event, meta, id: proposeEvent(meta.commandId, 0, event, meta).id };
    });

  it('checks the chain of hashes against its seals', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      const { exitCode, text } = await verified(directory);
      assert.match(text, /chain {9}[0-9a-f]{64} \(2 seals checked, the last at position 8\)/);
      assert.equal(exitCode, 0);
    }));

  for (const [position, stretch] of [
    [5, 'between position 1 and 6'],
    [8, 'between position 7 and 8'],
  ] as const) {
    it(`says that the log was changed ${stretch}, and that the rest was not`, () =>
      withDirectory(async (directory) => {
        await meterInto(directory, fillAndSeal);
        await giveAnotherReason(directory, position);
        const { exitCode, text } = await verified(directory);
        assert.match(text, new RegExp(`the log was changed ${stretch}: the chain is not what was sealed`));
        assert.match(text, /\n1 difference\./);
        assert.equal(exitCode, 1);
      }));
  }

  it('notices a seal that was changed', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      await changeEvent(directory, 7, ({ meta, ...event }) => {
        const data = { ...event.data, hash: 'a'.repeat(64) };
        return { ...event, data, meta, id: proposeEvent(meta.commandId, 0, { ...event, data }, meta).id };
      });
      const { exitCode, text } = await verified(directory);
      assert.match(text, /the log was changed between position 1 and 6/);
      assert.match(text, /the log was changed between position 7 and 8/);
      assert.equal(exitCode, 1);
    }));

  it('vouches for nothing that is not sealed yet', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      for (const folder of ['views', 'index']) rmSync(join(directory, folder), { recursive: true });
      await giveAnotherReason(directory, 10);
      assert.equal((await verified(directory)).exitCode, 0);
    }));

  it('says that a snapshot is of another log, as when the last event it was made from is another one', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      await giveAnotherReason(directory, 10);
      const { exitCode, text } = await verified(directory);
      assert.match(
        text,
        /the snapshot was made from another log, with another event at position 10; the next start folds this log anew/,
      );
      assert.match(text, /\n1 difference\./);
      assert.equal(exitCode, 1);
    }));

  const damageEvents = async (directory: string, ...positions: readonly number[]): Promise<void> => {
    const environment = open({ path: join(directory, 'log'), noSubdir: false, encoding: 'binary' });
    const events = environment.openDB<Buffer, number>({ name: 'events', encoding: 'binary' });
    for (const position of positions) {
      const bytes = Buffer.from(events.get(position) ?? Buffer.alloc(0));
      bytes[bytes.length - 1] ^= 1;
      await events.put(position, bytes);
    }
    await environment.close();
  };
  const differences = (text: string): number => Number(/([\d,]+) differences?[.,]/.exec(text)?.[1]);
  /** What is listed, line by line, without the figures at the top and what to do at the end. */
  const listed = (text: string): readonly string[] =>
    text
      .split('\n\n')
      .filter((part) => part.startsWith('  '))
      .flatMap((part) => part.split('\n'));

  // Metering at 3, 4, 8 and 10, in one stream; the first and the last event of a stream, the middle of a command and seals.
  for (const [position, place] of [
    [1, 'revision 0 of organisation'],
    [2, 'revision 1 of organisation'],
    [3, 'revision 0 of metering-main'],
    [4, 'revision 1 of metering-main'],
    [5, 'revision 0 of corrections'],
    [6, 'revision 1 of corrections'],
    [7, 'revision 0 of audit'],
    [9, 'revision 1 of audit'],
    [10, 'revision 3 of metering-main'],
  ] as const) {
    for (const hasSnapshot of [true, false]) {
      it(`names the one event that is damaged, at position ${String(position)}, ${hasSnapshot ? 'behind' : 'without'} a snapshot`, () =>
        withDirectory(async (directory) => {
          await meterInto(directory, fillAndSeal);
          if (!hasSnapshot) {
            for (const folder of ['views', 'index']) rmSync(join(directory, folder), { recursive: true });
          }
          await damageEvents(directory, position);
          const { exitCode, text } = await verified(directory);
          assert.equal(exitCode, 1);
          assert.deepEqual(
            [differences(text), listed(text)],
            [
              1,
              [
                `  The event at position ${String(position)} cannot be trusted: its checksum does not fit. Restore the data directory from a backup. It is ${place}.`,
                `  Records, spend and corrections were worked out up to position ${String(position - 1)} only, and the views were not compared: what comes behind cannot be known without the event that cannot be read. Stop the service, restore log/ from a backup and verify again; of a shared log, remove copy/ instead, and the next start reads it anew.`,
              ],
            ],
          );
        }));
    }
  }

  it('names every damaged event, and what else is wrong', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      await giveAnotherReason(directory, 8);
      await damageEvents(directory, 4, 10);
      const { text } = await verified(directory);
      assert.equal(differences(text), 3);
      assert.match(text, /position 4 cannot be trusted.*revision 1 of metering-main\./);
      assert.match(text, /position 10 cannot be trusted.*revision 3 of metering-main\./);
      assert.match(text, /the log was changed between position 7 and 8/);
    }));

  it('names an event that has a right checksum and cannot be decoded', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      const environment = open({ path: join(directory, 'log'), noSubdir: false, encoding: 'binary' });
      const events = environment.openDB<Buffer, number>({ name: 'events', encoding: 'binary' });
      const event = decodeRecord(4, events.get(4) ?? Buffer.alloc(0));
      await events.put(4, encodeRecord(event, Uint8Array.of(0xc1)));
      await environment.close();
      const { text } = await verified(directory);
      assert.equal(differences(text), 1);
      assert.match(text, /position 4 cannot be trusted: it cannot be decoded.*It is revision 1 of metering-main\./);
    }));

  it('names an event that does not fit its schema, and not what follows from that', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      await changeEvent(directory, 4, ({ meta, ...event }) => {
        const data = { ...event.data, count: 'many' };
        return { ...event, data, meta, id: proposeEvent(meta.commandId, 0, { ...event, data }, meta).id };
      });
      const { text } = await verified(directory);
      assert.equal(differences(text), 1);
      assert.match(
        text,
        /RecordsMetered at position 4 does not fit its schema: data.count .*\. It is revision 1 of metering-main/,
      );
      assert.match(text, /worked out up to position 3 only/);
    }));

  it('tells of a changed event first, with the stretch of the chain, and lists twenty of each kind that follows', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSeal);
      await changeEvent(directory, 4, (event) => {
        const id = Array.from({ length: 350 }, (_, at) => `other-${String(at)}`);
        return { ...event, data: { ...event.data, id } };
      });
      const { text } = await verified(directory);
      const titles = listed(text).filter((line) => !line.startsWith('   '));
      assert.match(titles[0], /the log was changed between position 1 and 6: the chain is not what was sealed/);
      assert.match(titles[1], /the id of the event at position 4 \(revision 1 of metering-main\): it was changed/);
      // 350 identities that the index has never seen; the 50 that the event had repeated are still in their first place.
      assert.equal(titles.filter((title) => title.includes('first place of')).length, 20);
      assert.match(text, /371 differences, of which are not listed: 330 of the index\./);
    }));

  it('notices a log that is behind its snapshot', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      rmSync(join(directory, 'log'), { recursive: true });
      const views = join(directory, 'views');
      await withDirectory(async (other) => {
        await meterInto(other, async (log) => {
          await log.fix('UTC');
        });
        const copy = await import('node:fs/promises');
        await copy.cp(join(other, 'log'), join(directory, 'log'), { recursive: true });
      });
      assert.ok(statSync(views).isDirectory());
      const { exitCode, text } = await verified(directory);
      assert.match(text, /the snapshot is ahead of the log/);
      assert.equal(exitCode, 1);
    }));

  it('compares with what a service serves, at the position it answers for', () =>
    withDirectory(async (directory) => {
      await meterInto(directory, fillAndSave);
      // At position 5 record 8 is still charged to eng.
      const spentMicros = records(0, 700).reduce((sum, _, id) => sum + (id === 7 ? 0 : 2_000 + 10 * id), 0);
      const items = [{ group: 'eng', spentMicros, records: 699, unpricedMicros: 0 }];
      const answer = { items, nextCursor: null, totalMicros: spentMicros, asOf: { position: '5', at: '' } };
      const service = createServer((request, response) => {
        const wrong = request.headers.authorization === 'Bearer wrong';
        response.end(JSON.stringify(wrong ? { ...answer, totalMicros: spentMicros - 1 } : answer));
      });
      await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
      const address = service.address();
      const url = `http://127.0.0.1:${typeof address === 'object' && address ? String(address.port) : ''}`;
      const right = await verified(directory, '--url', url, '--key', 'right');
      const wrong = await verified(directory, '--url', url, '--key', 'wrong');
      service.close();
      assert.match(right.text, /compared at position 5/);
      assert.equal(right.exitCode, 0);
      assert.match(wrong.text, /the total that the service serves/);
      assert.equal(wrong.exitCode, 1);
    }));

  it('refuses wrong use', () =>
    withDirectory(async (directory) => {
      await assert.rejects(
        verifyCommand(['--data', directory], {}),
        new ConfigError(`${directory} holds no event log. Name the data directory with --data or BURSAR_DATA_DIR.`),
      );
      await assert.rejects(verifyCommand(['--fast'], {}), ConfigError);
      await assert.rejects(verifyCommand(['--url', 'http://127.0.0.1:1'], {}), /needs a key/);
      assert.deepEqual(readdirSync(directory), []);
    }));
});
