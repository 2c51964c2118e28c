import { Server, ServerCredentials, type sendUnaryData, status } from '@grpc/grpc-js';
import { answerAppend } from './appends.js';
import { Faults } from './faults.js';
import { clusterLedBy } from './gossip.js';
import {
  features,
  featuresServices,
  type gossip,
  gossipServices,
  type IStreamsServer,
  streamsServices,
} from './protocol.js';
import { answerRead } from './reads.js';
import { StandInStore } from './stand-in-store.js';
import { TcpProxy } from './tcp-proxy.js';

/**
 * Stands in for an event store in tests: it speaks the wire protocol on a real socket, to the real client, and forgets
 * everything with the process. It is no event store. It knows appends at exact or any revisions, reads of a stream,
 * reads of `$all` from its end, subscriptions to `$all` by prefix, and the questions who leads and which version it is,
 * as far as documents and the client's code tell how a
 * server behaves; there is no disk, no replication, no user and no TLS. What has to hold with a real one is shown by a
 * run against a real one.
 */
export class StandIn {
  private constructor(
    private readonly server: Server,
    private readonly port: number,
    /** What it holds, to look at and to put events of others in. */
    readonly store: StandInStore,
    /** What it does wrong. */
    readonly faults: Faults,
    /** The way to it, which can be cut. */
    readonly way: TcpProxy,
  ) {}

  static async start(): Promise<StandIn> {
    const server = new Server();
    const store = new StandInStore();
    const faults = new Faults();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    const way = await TcpProxy.open(port);
    const notKnown = { code: status.UNIMPLEMENTED, details: 'Not part of the stand-in' };
    const streams: IStreamsServer = {
      append: (call, answer) => answerAppend(call, answer, { store, faults, cut: () => way.cut() }),
      read: (call) => answerRead(call, store, faults),
      batchAppend: (call) => call.end(),
      delete: (_, answer) => answer(notKnown),
      tombstone: (_, answer) => answer(notKnown),
    };
    server.addService(streamsServices.StreamsService, streams);
    server.addService(gossipServices.GossipService, {
      read: (_: unknown, answer: sendUnaryData<gossip.ClusterInfo>) =>
        answer(null, clusterLedBy(faults.leaderPort ?? way.port, faults.followerPort)),
    });
    server.addService(featuresServices.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<features.SupportedMethods>) => {
        if (faults.version === undefined) answer(notKnown);
        else answer(null, new features.SupportedMethods().setEventStoreServerVersion(faults.version));
      },
    });
    return new StandIn(server, port, store, faults, way);
  }

  get connectionString(): string {
    return `esdb://127.0.0.1:${String(this.way.port)}?tls=false`;
  }

  /** One more way to it, as if it were another node. */
  anotherWay(): Promise<TcpProxy> {
    return TcpProxy.open(this.port);
  }

  async stop(): Promise<void> {
    await this.way.close();
    this.server.forceShutdown();
  }
}
