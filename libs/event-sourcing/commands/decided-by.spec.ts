import assert from 'node:assert/strict';
import { Command } from '@nestjs/cqrs';
import { z } from 'zod';
import type { CommandMeta, CommandOf } from '#kernel/decider.js';
import { refuse, type Refusal } from '#kernel/refusal.js';
import { commandBusWith } from '#test/support/command-bus.js';
import { emptyDisk, startProcess } from '#test/simulation/process.js';
import { DirectoryView } from '#directory/domain/directory.view.js';
import { decidedBy } from './decided-by.js';
import { DecidedCommand } from './decided-command.js';
import { DueCommand } from './due-command.js';
import type { Outcome, StoredDecider } from './execute.js';

const event = z.strictObject({ type: z.literal('Counted'), data: z.strictObject({ by: z.int() }) });
type Counted = z.infer<typeof event>;
interface By {
  readonly by: number;
}

class Count extends Command<Outcome<'invalidAmount' | 'unknownGroup'>> implements CommandOf<'Count', By> {
  readonly type = 'Count';
  constructor(
    readonly data: By,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}

class CountTwice extends Command<Outcome<'invalidAmount' | 'unknownGroup'>> implements CommandOf<'Count', By> {
  readonly type = 'Count';
  constructor(
    readonly data: By,
    readonly meta: CommandMeta,
  ) {
    super();
  }
}

/** Its sender is told which sum there was before. */
class CountFrom extends DecidedCommand<
  By,
  { readonly sum: number; readonly revision: number } | Refusal<'invalidAmount'>
> {
  readonly type = 'Count';
}
class CountUp extends DueCommand<By, Outcome<'invalidAmount'>> {}

const decider: StoredDecider<CommandOf<'Count', By>, number, Counted, 'invalidAmount'> = {
  initial: 0,
  evolve: (sum, { data }) => sum + data.by,
  decide: ({ data: { by } }, sum) =>
    sum + by > 10 ? refuse('invalidAmount', 'It would be too much.') : [{ type: 'Counted', data: { by } }],
  event,
};

const meta = (commandId: string) => ({ commandId, nowMs: 0, actor: 'apiKey:test', reason: 'a test' });

const handlers = decidedBy(decider, [Count, CountTwice], [DirectoryView], (command, directory) =>
  directory.group('closed') === undefined
    ? {
        stream: 'sum',
        command: command instanceof CountTwice ? new Count({ by: 2 * command.data.by }, command.meta) : command,
      }
    : refuse('unknownGroup', 'It is closed.'),
);

const countUp = decidedBy(decider, [CountUp], [DirectoryView], async ({ data, nowMs }, directory) => {
  await Promise.resolve();
  if (directory.group('closed') !== undefined) return undefined;
  return {
    stream: 'sum',
    command: { type: 'Count' as const, data, meta: { ...meta(`countUp:${String(nowMs)}`), nowMs } },
  };
});

describe('decidedBy', () => {
  it('makes a handler for each class: it decides on the stream it is told, on what is stored instead of what was sent, unless it is refused before', async () => {
    const process = await startProcess(emptyDisk(0));
    const bus = commandBusWith(handlers, process.make);
    assert.deepEqual(await bus.execute(new Count({ by: 3 }, meta('c1'))), { revision: 0, repeated: false });
    assert.deepEqual(await bus.execute(new CountTwice({ by: 2 }, meta('c2'))), { revision: 1, repeated: false });
    assert.deepEqual(
      (await process.log.read('sum', 0, 10)).map(({ data }) => data),
      [{ by: 3 }, { by: 4 }],
    );
    assert.deepEqual(
      await bus.execute(new Count({ by: 4 }, meta('c3'))),
      refuse('invalidAmount', 'It would be too much.'),
    );
    await process.directory.putGroup({ groupId: 'closed', name: 'Closed' }, meta('g'));
    assert.deepEqual(await bus.execute(new Count({ by: 1 }, meta('c4'))), refuse('unknownGroup', 'It is closed.'));
    await process.kill();
  });

  it('answers with what the command was decided on, where a handler says so', async () => {
    const process = await startProcess(emptyDisk(0));
    const handlers = decidedBy(decider, [CountFrom], [], (command) => ({
      stream: 'sum',
      command,
      lookUp: (sum) => Promise.resolve(sum + 1),
      answer: ({ revision }, sum) => ({ revision, sum }),
    }));
    const bus = commandBusWith(handlers, process.make);
    assert.deepEqual(await bus.execute(new CountFrom({ by: 3 }, meta('c1'))), { revision: 0, sum: 1 });
    assert.deepEqual(await bus.execute(new CountFrom({ by: 4 }, meta('c2'))), { revision: 1, sum: 4 });
    assert.deepEqual(
      await bus.execute(new CountFrom({ by: 3 }, meta('c3'))),
      refuse('invalidAmount', 'It would be too much.'),
    );
    await process.kill();
  });

  it('lets a command that says what is due be another one where it is decided, or nothing any more', async () => {
    const process = await startProcess(emptyDisk(0));
    const bus = commandBusWith(countUp, process.make);
    assert.deepEqual(await bus.execute(new CountUp({ by: 3 }, 7)), { revision: 0, repeated: false });
    const [counted] = await process.log.read('sum', 0, 10);
    assert.deepEqual([counted.data, counted.meta.commandId], [{ by: 3 }, 'countUp:7']);
    await process.directory.putGroup({ groupId: 'closed', name: 'Closed' }, meta('g'));
    const head = await process.log.head();
    assert.deepEqual(await bus.execute(new CountUp({ by: 4 }, 8)), { revision: -1, repeated: false });
    assert.equal(await process.log.head(), head);
    await process.kill();
  });
});
