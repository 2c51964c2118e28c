import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { binaryEvent, EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import { z } from 'zod';
import { until } from '#test/contracts/event-log.support.js';
import { foreign } from '#test/eventstore/foreign.js';
import { features, featuresServices, gossip, gossipServices, streamsServices } from '#test/eventstore/protocol.js';
import type { StandIn } from '#test/eventstore/stand-in.js';
import { withStandIn } from '#test/eventstore/with-stand-in.js';
import { connector } from './client.js';
import { collected } from './stream-reads.js';
import {
  checkedVersion,
  connectionOptionNames,
  type ConnectionOptions,
  EventStoreClient,
  expectedByParser,
  parseConnectionString,
  pushBehindEvents,
  vendorInternals,
} from './vendor-internals.js';

const packageName = '@eventstore/db-client';
const textOf = (path: string): string => readFileSync(join(process.cwd(), path), 'utf8');
const read = (path: string): unknown => JSON.parse(textOf(path));
const manifest = z.object({ dependencies: z.object({ [packageName]: z.string() }) });
const lock = z.object({
  packages: z.object({ '': manifest, [`node_modules/${packageName}`]: z.object({ version: z.string() }) }),
});
const installed = z.object({ version: z.string() }).parse(read(`node_modules/${packageName}/package.json`)).version;

const whatToDo = `go through vendorInternals in libs/event-log-eventstore/vendor-internals.ts with the client's changelog in hand, and mend what the tests of this file say has changed; then write the new version into checkedVersion, package.json and package-lock.json. The section "Upgrading the client" in libs/event-log-eventstore/README.md says it step by step.`;

const nowhere = { endpoint: '127.0.0.1:1' };
const insecure = { insecure: true };
const late = () => binaryEvent({ type: 'Late', data: Buffer.from('{}') });

/** The client as it is installed, with what is protected in the open. */
class Bare extends EventStoreDBClient {
  readonly told: string[] = [];
  protected override supports = ({ path }: { readonly path: string }): Promise<boolean> =>
    Promise.reject(new Error(`asked for ${path}`));
  protected override handleError = async (_: unknown, error: Error): Promise<void> =>
    void this.told.push(error.message);

  fail(): Promise<never> {
    return this.execute(streamsServices.StreamsClient, 'fail', () => Promise.reject(new Error('failed')));
  }

  channel() {
    return this.getChannel();
  }
}

const bareAt = ({ way }: StandIn): Bare => new Bare({ endpoint: { address: '127.0.0.1', port: way.port } }, insecure);
const host = { address: 'host', port: 2113 };

/** For each line of the list, that it is true of the client that is installed. */
const checks: Readonly<Record<(typeof vendorInternals)[number]['name'], (standIn: StandIn) => Promise<void>>> = {
  supports: async (standIn) => {
    await assert.rejects(bareAt(standIn).appendToStream('a', late()), /asked for .*\/BatchAppend$/);
    const client = connector(standIn.connectionString)();
    await client.appendToStream('a', late());
    client.shut();
    assert.equal(standIn.faults.appendsSeen, 1);
  },

  handleError: async (standIn) => {
    const client = bareAt(standIn);
    await assert.rejects(client.fail(), /^Error: failed$/);
    assert.deepEqual(client.told, ['failed']);
  },

  execute: async (standIn) => {
    const client = connector(standIn.connectionString)();
    assert.ok(Object.hasOwn(client, 'execute'));
    client.shut();
    await assert.rejects(client.appendToStream('a', late()), /The client has been shut\./);
    assert.equal(standIn.faults.appendsSeen, 0);
  },

  capabilities: async (standIn) => {
    for (const [version, told] of [
      ['24.10.0', '24.10.0'],
      [undefined, 'unknown'],
    ] as const) {
      standIn.faults.version = version;
      const client = connector(standIn.connectionString)();
      assert.equal(await client.serverVersion(), told);
      client.shut();
    }
  },

  getChannel: async (standIn) => {
    const client = bareAt(standIn);
    await collected(client.readStream('a', { maxCount: 1 }), 60_000).catch(() => undefined);
    const channel = await client.channel();
    assert.equal(await client.channel(), channel);
    assert.ok(standIn.way.isUsed);
    await client.dispose();
    assert.ok(standIn.way.isUsed);
    channel.close();
    await until(() => !standIn.way.isUsed);
  },

  dispose: async (standIn) => {
    standIn.faults.stalls = true;
    const client = connector(standIn.connectionString)();
    const reading = collected(client.readStream('a', { maxCount: 1 }), 60_000);
    await until(() => standIn.faults.readsSeen > 0);
    client.shut();
    assert.deepEqual(await reading, []);
  },

  constructor: async (standIn) => {
    const wrong = [{ defaultDeadline: 0 }, { keepAliveInterval: -5 }, { keepAliveTimeout: -5 }];
    for (const settings of wrong) {
      assert.throws(
        () => new EventStoreDBClient({ ...nowhere, ...settings }, insecure),
        /Invalid \w+ "-?\d"\. Please /,
      );
    }
    bareAt(standIn);
    await nextTurn();
    assert.equal(standIn.way.isUsed, false);
  },

  parseConnectionString: async () => {
    const read: ConnectionOptions = parseConnectionString('esdb://user:p%40ss@one:1,two:2?tls=false');
    assert.deepEqual(read, {
      dnsDiscover: false,
      defaultCredentials: { username: 'user', password: 'p@ss' },
      hosts: [
        { address: 'one', port: 1 },
        { address: 'two', port: 2 },
      ],
      tls: false,
    });
    assert.deepEqual(parseConnectionString('esdb+discover://host'), { dnsDiscover: true, hosts: [host] });
    assert.ok(!(EventStoreClient.connectionString('esdb://host') instanceof EventStoreClient));
  },

  connectionOptions: async () => {
    const values: Readonly<Record<string, string | undefined>> = {
      ...{ nodePreference: 'leader', tls: 'true', tlsVerifyCert: 'true', throwOnAppendFailure: 'true' },
    };
    for (const name of connectionOptionNames) {
      const options = parseConnectionString(`esdb://host?${name}=${values[name] ?? '1'}`);
      assert.deepEqual(Object.keys(options).sort(), ['dnsDiscover', 'hosts', name].sort());
    }
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    assert.deepEqual(parseConnectionString('esdb://host?tsl=false'), { dnsDiscover: false, hosts: [host] });
    assert.equal(warn.mock.calls.length, 1);
    warn.mockRestore();
  },

  parserErrors: async () => {
    assert.throws(
      () => parseConnectionString('esdb://admin:secret@host:wrong'),
      (error) => expectedByParser(error) === 'at position 25, expected port number.',
    );
    assert.throws(() => parseConnectionString('esdb://admin:very%secret@host'), URIError);
  },

  credentials: async () => {
    const { defaultCredentials } = parseConnectionString('esdb://user:half:rest@host');
    assert.deepEqual(defaultCredentials, { username: 'user', password: 'half' });
    assert.equal(parseConnectionString('esdb://user:half@rest@host').hosts[0].address, 'rest@host');
  },

  subscriptionPush: async (standIn) => {
    standIn.store.append('test:a', -1, [foreign(0), foreign(1)]);
    for (let index = 0; index < 32; index++) standIn.store.append('orders', index - 1, [foreign(index + 2)]);
    standIn.store.append('test:a', 1, [foreign(34)]);
    const client = connector(standIn.connectionString)();
    const signs = new Map<object, string>();
    let [waiting, hasCaughtUp] = [0, false];
    const sign = (name: string): void => {
      const put = {};
      signs.set(put, name);
      pushBehindEvents(subscription, put);
    };
    const subscription = client.subscribeToAll({
      fromPosition: START,
      filter: streamNameFilter({
        prefixes: ['test:'],
        checkpointReached: () => {
          waiting = subscription.readableLength;
          sign('checkpoint');
        },
      }),
    });
    subscription.on('caughtUp', () => {
      sign('caught up');
      hasCaughtUp = true;
    });
    await until(() => hasCaughtUp);
    assert.equal(waiting, 2);
    const came: (string | undefined)[] = [];
    for await (const next of subscription) {
      came.push(signs.get(next) ?? next.event?.streamId);
      if (came.length === 5) break;
    }
    client.shut();
    assert.deepEqual(came, ['test:a', 'test:a', 'checkpoint', 'test:a', 'caught up']);
  },

  generated: async () => {
    const { read: reading, append, batchAppend } = streamsServices.StreamsService;
    assert.equal(reading.path, '/event_store.client.streams.Streams/Read');
    assert.equal(append.path, '/event_store.client.streams.Streams/Append');
    assert.equal(batchAppend.path, '/event_store.client.streams.Streams/BatchAppend');
    assert.equal(gossipServices.GossipService.read.path, '/event_store.client.gossip.Gossip/Read');
    assert.equal(
      featuresServices.ServerFeaturesService.getSupportedMethods.path,
      '/event_store.client.server_features.ServerFeatures/GetSupportedMethods',
    );
    assert.equal(new gossip.EndPoint().setPort(1).getPort(), 1);
    assert.equal(new features.SupportedMethods().setEventStoreServerVersion('1').getEventStoreServerVersion(), '1');
  },
};

describe("the client's internals", () => {
  it('were checked in the version that is installed', () => {
    const message = `${packageName} ${installed} is installed, and what we lean on in it was checked in ${checkedVersion}: ${whatToDo}`;
    assert.equal(installed, checkedVersion, message);
  });

  it('are those of one exact version, in package.json and package-lock.json', () => {
    const { packages } = lock.parse(read('package-lock.json'));
    const versions = {
      'package.json': manifest.parse(read('package.json')).dependencies[packageName],
      'package-lock.json, first entry': packages[''].dependencies[packageName],
      'package-lock.json': packages[`node_modules/${packageName}`].version,
    };
    for (const [place, version] of Object.entries(versions)) {
      const message = `${place} names ${packageName} "${version}": it has to be exactly "${checkedVersion}". For another one, ${whatToDo}`;
      assert.equal(version, checkedVersion, message);
    }
  });

  it('are those that the README names', () => {
    const [, section] = textOf('libs/event-log-eventstore/README.md').split('## What we lean on in the client');
    const named = [...section.matchAll(/^[|] `(\w+)`/gm)].map(([, name]) => name);
    assert.deepEqual(
      named,
      vendorInternals.map(({ name }) => name),
    );
  });

  for (const { name, what, why, ifChanged } of vendorInternals) {
    it(`${name}: ${what}`, async () => {
      try {
        await withStandIn(checks[name]);
      } catch (cause) {
        throw new Error(
          `In ${packageName} ${installed} "${name}" is no longer what vendor-internals.ts says: "${what}". Why it is needed: ${why} What happens otherwise: ${ifChanged}\nTo do: ${whatToDo}`,
          { cause },
        );
      }
    });
  }
});
