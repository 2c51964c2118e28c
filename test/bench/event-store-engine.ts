import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import { z } from 'zod';
import { openLogStore } from '#adapters/embedded/open-log-store.js';
import { connector, type EventStoreClient } from '#adapters/eventstore/client.js';
import { EventStoreEventLog } from '#adapters/eventstore/event-log.js';
import { appendBytes, packed, type PackableEvent } from '#adapters/eventstore/stored-form.js';
import { type Append, type EventLog, noStream } from '#ports/event-log.js';
import { startAdmitting } from '#test/simulation/admitting.js';
import { SimulatedClock } from '#test/simulation/process.js';
import { MemorySnapshots } from '#adapters/memory/snapshots.js';

/** Time goes on. */
class RunningClock extends SimulatedClock {
  override now(): number {
    return Date.now();
  }
}

/** A log in a stand-in of its own, and the appends that were made to it, call by call. */
export interface Engine {
  readonly log: EventLog;
  readonly calls: (readonly Append[])[];
  /** The application on that log, made by hand: no HTTP. */
  startService(): ReturnType<typeof startAdmitting>;
  /**
   * Appends the events of the calls once more, with the client alone, and resolves to seconds; with `readsBack` when
   * they have also come through a subscription to `$all`, as every process needs them.
   */
  replayBare(calls: readonly (readonly Append[])[], readsBack: boolean): Promise<number>;
  stop(): Promise<void>;
}

const told = z.object({ connectionString: z.string() });
const real = process.env.BURSAR_TEST_EVENT_STORE;

/** What keeps the events of a run. */
export const storedBy = real === undefined ? 'stored by the stand-in, in memory' : 'stored by a server';

/** A server that is there, which must be one for tests; without it the stand-in, as a process of its own. */
const startServer = async (): Promise<{ connectionString: string; stop: () => Promise<void> }> => {
  if (real !== undefined) return { connectionString: real, stop: () => Promise.resolve() };
  const child = fork(fileURLToPath(new URL('event-store-process.js', import.meta.url)));
  const [message] = (await once(child, 'message')) as [unknown];
  const stop = async (): Promise<void> => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  return { ...told.parse(message), stop };
};

/** Starts the engine; the copy of the log is on disk, as a service has it. */
export const startEngine = async (directory: string): Promise<Engine> => {
  const { connectionString, stop } = await startServer();
  const run = `bench-${randomUUID()}`;
  const { store } = await openLogStore(join(directory, 'copy'));
  const log = await EventStoreEventLog.open({ connectionString, namespace: run, copy: store });
  const calls: (readonly Append[])[] = [];
  const appendMany = log.appendMany.bind(log);
  log.appendMany = (appends) => {
    calls.push(appends);
    return appendMany(appends);
  };
  const client = connector(connectionString)();
  let streams = 0;
  return {
    log,
    calls,
    startService: () => startAdmitting({ clock: new RunningClock(0), log, snapshots: new MemorySnapshots() }),
    replayBare: async (made, readsBack) => {
      const messages = made.flatMap(messagesOf);
      const prefix = `${run}-bare-${String(++streams)}:`;
      const following = readsBack ? follow(client, prefix) : undefined;
      await following?.begun;
      const startedMs = performance.now();
      let revision = noStream;
      for (const events of messages) {
        const expectedRevision = revision === noStream ? NO_STREAM : BigInt(revision);
        await client.appendToStream(prefix, [...packed(events, 'bare').events], { expectedRevision });
        revision += events.length;
      }
      await following?.has(revision);
      return (performance.now() - startedMs) / 1_000;
    },
    stop: async () => {
      client.shut();
      await log.close();
      await stop();
    },
  };
};

/** Follows what is appended to streams that begin with the prefix. */
const follow = (client: EventStoreClient, prefix: string) => {
  const subscription = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: [prefix] }) });
  const begun = once(subscription, 'confirmation');
  const has = async (last: number): Promise<void> => {
    for await (const { event } of subscription) if (event?.revision === BigInt(last)) break;
    await subscription.unsubscribe();
  };
  return { begun, has };
};

/** What one call asks for, in as few messages as a client can. */
const messagesOf = (appends: readonly Append[]): readonly (readonly PackableEvent[])[] => {
  const messages: PackableEvent[][] = [];
  let bytes = appendBytes;
  for (const event of appends.flatMap(({ events }) => events)) {
    bytes += event.bytes.length + 512;
    if (bytes > appendBytes) {
      messages.push([]);
      bytes = event.bytes.length + 512;
    }
    messages[messages.length - 1].push(event);
  }
  return messages;
};
