import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EmbeddedEventLog } from '#event-log-lmdb/event-log.js';
import { SystemClock } from '#system-clock/clock.js';
import { type EventLog, LogFailure, noStream, type StoredEvent } from '#event-sourcing/ports/event-log.js';
import { appendOf } from '#test/contracts/event-log.support.js';
import type { AppendFault } from '#test/eventstore/faults.js';
import { everythingIn, impatient, namespaceUnderTest, withProcesses } from '#test/eventstore/processes.js';
import type { StandIn } from '#test/eventstore/stand-in.js';
import { hashOf, replayed } from '#test/simulation/replays.js';
import { meterInto, withDirectory } from '#test/support/metered-directory.js';
import { runs } from '#test/support/runs.js';
import { bursarCommand } from '#test/support/service.js';
import { ConfigError } from '#apps/bursar/config.js';
import { migrateCommand } from './migrate.js';

/** Little patience, but more than a machine that stands still for some seconds takes. */
const patience = { ...impatient, attemptMs: 500, giveUpMs: 15_000, startMs: 15_000 };

const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({
    source: 'ci',
    id: String(from + at),
    taskId: `t${String(from + at)}`,
    userId: at % 2 === 0 ? 'ana' : 'bo',
    groupId: 'eng',
    occurredAt: '2026-11-20T14:00:00Z',
    model: 'claude-sonnet-5',
    usage: { inputTokens: 1_000, outputTokens: at },
  }));

/** What a service has stored: metering, corrections and a seal, which vouches for the times at which all was stored. */
const fill = (directory: string): Promise<void> =>
  meterInto(directory, async (log) => {
    await log.fix('Pacific/Auckland');
    for (let first = 0; first < 2_000; first += 250) await log.meter(records(first, first + 300));
    await log.void('ci', '7');
    await log.reattribute('ci', '8', 'ops');
    await log.seal();
    await log.meter(records(2_000, 2_100));
  });

/** A log as it is in the directory. */
const withLog = async <T>(directory: string, use: (log: EventLog) => Promise<T>): Promise<T> => {
  const log = await EmbeddedEventLog.open({ directory: join(directory, 'log'), clock: new SystemClock() });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
};

const eventsOf = (directory: string): Promise<readonly StoredEvent[]> => withLog(directory, everythingIn);

/** Many short streams that take turns, so that few events can share an append. */
const fillInTurns = (directory: string, turns: number): Promise<void> =>
  withLog(directory, async (log) => {
    for (let turn = 0; turn < turns; turn++) {
      for (const stream of ['a', 'b', 'c']) {
        await log.append(appendOf(stream, 2 * turn - 1, 2, `${stream} ${String(turn)}`));
      }
    }
  });

const migrated = async (directory: string, standIn: StandIn, ...more: readonly string[]) => {
  let text = '';
  const args = ['--data', directory, '--to', standIn.connectionString, '--namespace', namespaceUnderTest, ...more];
  const exitCode = await migrateCommand(args, {}, { write: (piece) => (text += piece) }, patience);
  return { exitCode, text };
};

describe('bursar migrate', () => {
  it('copies a log as it is: positions, revisions, ids, content and times', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn, open }) => {
        await fill(directory);
        const before = await eventsOf(directory);
        const { exitCode, text } = await migrated(directory, standIn);
        assert.equal(exitCode, 0);
        assert.match(text, new RegExp(`events {2}${String(before.length)}: ${String(before.length)} copied, 0 were`));
        assert.match(text, /hash {4}[0-9a-f]{64} \(read back, the same\)\n\nNothing differs/);
        const after = await everythingIn(await open());
        assert.deepEqual(after, before);
        assert.equal(hashOf(replayed(after)), hashOf(replayed(before)));
        assert.deepEqual(await eventsOf(directory), before);
      }),
    ));

  it('does nothing the second time, and says so', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn }) => {
        await fill(directory);
        const first = await migrated(directory, standIn);
        const appends = standIn.faults.appendsSeen;
        const { exitCode, text } = await migrated(directory, standIn);
        assert.equal(exitCode, 0);
        assert.match(text, /0 copied, 14 were there/);
        assert.match(text, /Nothing was left to copy/);
        assert.equal(/[0-9a-f]{64}/.exec(text)?.[0], /[0-9a-f]{64}/.exec(first.text)?.[0]);
        assert.equal(standIn.faults.appendsSeen, appends);
      }),
    ));

  it('leaves alone what a service has stored behind the copy', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn, open }) => {
        await fillInTurns(directory, 2);
        await migrated(directory, standIn);
        const log = await open();
        await log.append(appendOf('a', 3, 1, 'a service'));
        const { exitCode, text } = await migrated(directory, standIn);
        assert.equal(exitCode, 0);
        assert.match(text, /behind {2}1 of whoever uses it by now\n\nNothing was left to copy/);
        assert.equal(await log.head(), 13);
      }),
    ));

  it('copies a log without events', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn, open }) => {
        await withLog(directory, async () => undefined);
        const { exitCode, text } = await migrated(directory, standIn);
        assert.equal(exitCode, 0);
        assert.match(text, /events {2}0: 0 copied/);
        assert.equal(await (await open()).head(), 0);
      }),
    ));

  it('copies events of more than 1 MiB, and many that are more together', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn, open }) => {
        await withLog(directory, async (log) => {
          await log.append(appendOf('a', noStream, 5, 'large', 'x'.repeat(300_000)));
          await log.append(appendOf('b', noStream, 1, 'larger', 'y'.repeat(2_500_000)));
          await log.append(appendOf('a', 4, 1_500, 'many'));
        });
        const before = await eventsOf(directory);
        const cut: AppendFault = { isStored: true, then: 'cut' };
        standIn.faults.appends.push(cut, { ...cut, isStored: false }, cut, cut, cut);
        assert.equal((await migrated(directory, standIn)).exitCode, 0);
        assert.deepEqual(await everythingIn(await open()), before);
      }),
    ));

  for (let run = 0; run < runs(3, 60); run++) {
    it(`goes on after it was killed anywhere, run ${String(run)}`, () =>
      withDirectory((directory) =>
        withProcesses(async ({ standIn, open }) => {
          await fillInTurns(directory, 60);
          const before = await eventsOf(directory);
          for (const part of [0.3, 0.9]) {
            const appends = Math.floor(Math.random() * part * 180);
            await killedAfter(standIn.faults.appendsSeen + appends, directory, standIn);
            assert.deepEqual(standInEvents(standIn), before.slice(0, standInEvents(standIn).length).map(placeOf));
          }
          const { exitCode, text } = await migrated(directory, standIn);
          assert.equal(exitCode, 0, text);
          assert.deepEqual(await everythingIn(await open()), before);
        }),
      ));
  }

  it('goes on when connections are cut, answers are lost and the event store stalls', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn, open }) => {
        await fillInTurns(directory, 40);
        const before = await eventsOf(directory);
        const faults = Array.from({ length: 120 }, (_, append): AppendFault[] => {
          if (append % 6 !== 0) return [];
          const then = (['cut', 'error', 'late', 'silence'] as const)[(append / 6) % 4];
          return [{ isStored: append % 12 === 0, then }];
        });
        standIn.faults.appends.push(...faults.flat());
        standIn.faults.repeatsEvents = true;
        assert.equal((await migrated(directory, standIn)).exitCode, 0);
        assert.deepEqual(await everythingIn(await open()), before);
      }),
    ));

  it('ends when the event store is gone, and copies when it is back', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn }) => {
        await fillInTurns(directory, 2);
        standIn.way.isClosed = true;
        const args = ['--data', directory, '--to', standIn.connectionString];
        await assert.rejects(migrateCommand(args, {}, { write: () => undefined }, impatient), { code: 'unavailable' });
        standIn.way.isClosed = false;
        assert.equal((await migrated(directory, standIn)).exitCode, 0);
      }),
    ));

  it('refuses a namespace that holds something else, and changes nothing there', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn, open }) => {
        await fillInTurns(directory, 1);
        await migrated(directory, standIn);
        // Both go on, the service on the copy and the one on the directory.
        await (await open()).append(appendOf('b', 1, 1, 'the copy'));
        await withLog(directory, (log) => log.append(appendOf('a', 1, 2, 'the directory')));
        await assert.rejects(migrated(directory, standIn), (error: unknown) => {
          assert.ok(error instanceof LogFailure);
          assert.equal(
            error.detail,
            'The namespace "test" of the event store holds something else than this log: they differ from event 7 on, which is one of "b" there. Choose another namespace with --namespace.',
          );
          return true;
        });
        assert.equal(standInEvents(standIn).length, 7);
        const { exitCode } = await migrated(directory, standIn, '--namespace', 'another');
        assert.equal(exitCode, 0);
      }),
    ));

  it('refuses the directory of a running service', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn }) => {
        await fillInTurns(directory, 1);
        await withLog(directory, async () => {
          await assert.rejects(migrated(directory, standIn), { code: 'inUse' });
        });
        assert.equal(standIn.faults.appendsSeen, 0);
      }),
    ));

  it('says what is wrong with how it is used', () =>
    withDirectory((directory) =>
      withProcesses(async ({ standIn }) => {
        const use = (...args: readonly string[]) => migrateCommand(args, {}, { write: () => undefined }, patience);
        await assert.rejects(use('--data', directory), ConfigError);
        await assert.rejects(use('--data', directory, '--to', standIn.connectionString), /holds no event log/);
        await fillInTurns(directory, 1);
        await assert.rejects(use('--data', directory, '--to', 'esdb://'), ConfigError);
        await assert.rejects(migrated(directory, standIn, '--namespace', 'No!'), ConfigError);
        await assert.rejects(use('--what'), ConfigError);
      }),
    ));
});

const placeOf = ({ stream, revision, id }: Pick<StoredEvent, 'stream' | 'revision' | 'id'>) => ({
  stream,
  revision,
  id,
});

/** Our events as the stand-in holds them. */
const standInEvents = ({ store }: StandIn) =>
  store
    .after(0n)
    .filter(({ stream }) => stream.startsWith(`${namespaceUnderTest}:`))
    .map(({ stream, revision, proposal: { id } }) => ({
      stream: stream.slice(namespaceUnderTest.length + 1),
      revision,
      id,
    }));

/** Migrates in a process of its own, which is killed when that many appends have come, or ends before. */
const killedAfter = async (appends: number, directory: string, { faults, connectionString }: StandIn) => {
  const args = ['--data', directory, '--to', connectionString, '--namespace', namespaceUnderTest];
  const child = spawn(process.execPath, bursarCommand('migrate', ...args), { stdio: 'ignore' });
  const exit = once(child, 'exit');
  while (faults.appendsSeen <= appends && child.exitCode === null) await setTimeout(1);
  child.kill('SIGKILL');
  await exit;
};
