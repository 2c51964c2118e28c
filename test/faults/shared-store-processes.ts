import { setTimeout as wait } from 'node:timers/promises';
import { StandIn } from '#test/eventstore/stand-in.js';
import type { TcpProxy } from '#test/eventstore/tcp-proxy.js';
import { type RunningService, startService, withDirectory } from '#test/support/service.js';

/** One of the processes that share a store. */
interface Member {
  readonly directory: string;
  readonly way: TcpProxy;
  service: RunningService;
  /** Resolves when whoever loads it has found it gone. */
  gone: Promise<unknown>;
}

const kinds = ['kill', 'stop', 'cut'] as const;
const longestStopMs = 3_000;
const longestPauseMs = 300;
const cuts = 5;

/** Bursars on one store, each with a way to it of its own, and what befalls them. */
export const withFleet = async (
  size: number,
  random: () => number,
  run: (fleet: Awaited<ReturnType<typeof startFleet>>) => Promise<void>,
): Promise<void> => {
  const standIn = await StandIn.start();
  const inDirectories = async (directories: readonly string[]): Promise<void> => {
    if (directories.length < size) {
      await withDirectory((directory) => inDirectories([...directories, directory]));
      return;
    }
    const fleet = await startFleet(standIn, directories, random);
    try {
      await run(fleet);
    } finally {
      await fleet.end();
    }
  };
  try {
    await inDirectories([]);
  } finally {
    await standIn.stop();
  }
};

const startFleet = async (standIn: StandIn, directories: readonly string[], random: () => number) => {
  const members: Member[] = [];
  /** What has not befallen anybody yet in this round of all kinds. */
  let toCome: (typeof kinds)[number][] = [];
  let ownerKey: string | undefined;
  const start = async (directory: string, way: TcpProxy): Promise<RunningService> => {
    const environment = { BURSAR_EVENT_STORE: `esdb://127.0.0.1:${String(way.port)}?tls=false` };
    const service = await startService({ directory, environment, ...(ownerKey !== undefined && { ownerKey }) });
    ({ ownerKey } = service);
    return service;
  };
  for (const directory of directories) {
    const way = await standIn.anotherWay();
    members.push({ directory, way, service: await start(directory, way), gone: Promise.resolve() });
  }

  const kill = async (member: Member): Promise<void> => {
    await member.service.kill();
    await member.gone;
  };
  const restart = async (member: Member): Promise<void> => {
    member.service = await start(member.directory, member.way);
  };

  return {
    members,

    /** Something happens to one of them, while whoever `load`s them goes on: every kind once before any comes again. */
    async trouble(load: (service: RunningService) => Promise<unknown>): Promise<void> {
      const member = members[Math.floor(random() * members.length)];
      await wait(random() * longestPauseMs);
      if (toCome.length === 0) toCome = [...kinds];
      const [kind] = toCome.splice(Math.floor(random() * toCome.length), 1);
      switch (kind) {
        case 'kill':
          await kill(member);
          await restart(member);
          member.gone = load(member.service);
          break;
        case 'stop':
          member.service.process.kill('SIGSTOP');
          await wait(random() * longestStopMs);
          member.service.process.kill('SIGCONT');
          break;
        case 'cut':
          for (let cut = 0; cut < cuts; cut++) {
            member.way.cut();
            await wait(random() * longestPauseMs);
          }
      }
    },

    /** Ends the load by killing all of them, and starts them again. */
    async killAndRestart(): Promise<void> {
      await Promise.all(members.map(kill));
      await Promise.all(members.map(restart));
    },

    /** Asks all of them to stop; resolves to their exit codes. */
    stop: () => Promise.all(members.map(({ service }) => service.stop())),

    async end(): Promise<void> {
      await Promise.all(members.map(({ service }) => service.kill()));
      await Promise.all(members.map(({ way }) => way.close()));
    },
  };
};
