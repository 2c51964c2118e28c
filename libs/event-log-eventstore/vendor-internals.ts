import { EventStoreDBClient, type AllStreamSubscription } from '@eventstore/db-client';
import {
  parseConnectionString,
  type ConnectionOptions,
} from '@eventstore/db-client/dist/Client/parseConnectionString.js';

/**
 * Everything that we use of `@eventstore/db-client` and its documents do not promise. No other file reaches inside of
 * it: a lint rule and a rule of .dependency-cruiser.mjs see to that.
 *
 * The list below is true of `checkedVersion`, which package.json names exactly. vendor-internals.spec.ts looks at every
 * line of it in the version that is installed; README.md says how to upgrade.
 */
export const checkedVersion = '6.2.1';

/** One thing that we lean on: what it is, why it is needed, and what happens here if it is otherwise. */
interface VendorInternal {
  readonly name: string;
  readonly what: string;
  readonly why: string;
  readonly ifChanged: string;
}

export const vendorInternals = [
  {
    name: 'supports',
    what: 'protected; `appendToStream` asks it whether to use `BatchAppend`, and ours says no',
    why: 'BatchAppend keeps who waits in one table for all clients of a process: one broken stream rejects the appends of every other, and an answer that comes after that throws where nobody can catch it. A call of its own has a deadline that the client itself keeps.',
    ifChanged: 'Appends share a stream again: one that breaks can end the process.',
  },
  {
    name: 'handleError',
    what: 'protected; told of every call that failed so as to connect again, and ours does nothing',
    why: 'It remembers a search for a node that found none, for good, and lets it end in a rejection that nobody handles. Whoever uses a client shuts it instead, and makes a new one.',
    ifChanged: 'The client connects again behind our back, and a search that finds no node ends the process.',
  },
  {
    name: 'execute',
    what: 'protected, a property of each client; every append goes through it, and ours lets none begin after `shut`',
    why: 'Over a closed connection an append throws where nobody can catch it.',
    ifChanged: 'An append that begins while its client is shut ends the process.',
  },
  {
    name: 'capabilities',
    what: 'protected; knows `serverVersion`, which is `unknown` where the server does not know the question',
    why: 'A start refuses servers that are too old, and nothing public tells the version.',
    ifChanged: 'A start refuses every server, or takes one whose subscriptions never say that they have caught up.',
  },
  {
    name: 'getChannel',
    what: 'protected; resolves to the one gRPC channel of a client, which can be closed',
    why: '`dispose` ends the streams and leaves the connection open.',
    ifChanged: 'Every client that is replaced leaves a connection behind.',
  },
  {
    name: 'dispose',
    what: 'ends a read that is under way as if nothing more were there',
    why: '`Calls` takes no answer of a client that was shut meanwhile.',
    ifChanged: 'Nothing breaks if it rejects: then `Calls` need not look.',
  },
  {
    name: 'constructor',
    what: 'refuses numbers that cannot be, with a sentence, and connects nowhere',
    why: '`connector` makes a client to learn whether a connection string can be used.',
    ifChanged: 'A wrong number shows at the first call only, or a connection is opened that nobody closes.',
  },
  {
    name: 'parseConnectionString',
    what: 'a file of its own, dist/Client/parseConnectionString.js, that the package does not export',
    why: '`EventStoreDBClient.connectionString` makes a client of its own class, without what is overridden here.',
    ifChanged: 'No connection string can be read.',
  },
  {
    name: 'connectionOptions',
    what: 'the options that the parser knows; any other it drops with a warning',
    why: 'An option that is misspelt has to stop the start.',
    ifChanged: 'An option that is new is refused until it is listed; one that is gone is accepted and has no effect.',
  },
  {
    name: 'parserErrors',
    what: 'say "at position <n>, expected <what>" behind a piece of the string; bad percent-encoding is a `URIError`',
    why: 'An operator is told what to mend, without the piece, which may be a password.',
    ifChanged: 'An operator is told the general form only.',
  },
  {
    name: 'credentials',
    what: 'are cut off at their second colon, and end at their first @',
    why: '`connector` refuses such characters unless they are percent-encoded, instead of using half a password.',
    ifChanged: 'Nothing breaks if they are read right: then `connector` need not refuse them.',
  },
  {
    name: 'subscriptionPush',
    what: 'a subscription is a stream of objects that tells of `caughtUp` and checkpoints while events before them still wait in it; what is pushed into it comes out behind those',
    why: 'A position may be passed over, and a start be done, only when every event before it was taken.',
    ifChanged: 'A start is done too early, and a subscription that goes on from a checkpoint misses events.',
  },
  {
    name: 'generated',
    what: 'the messages and services of the protocol, generated/*.js, which the package does not export',
    why: 'The stand-in for a server in tests speaks with them: test/eventstore/protocol.ts, and nothing else.',
    ifChanged: 'The tests of this library do not compile, or find no server.',
  },
] as const satisfies readonly VendorInternal[];

/** The client as we use it: every append a call of its own, and left alone once something has failed. */
export class EventStoreClient extends EventStoreDBClient {
  private isShut = false;
  protected override supports = (): Promise<boolean> => Promise.resolve(false);
  protected override handleError = (): Promise<void> => Promise.resolve();

  /** Lets no call begin once it is shut. */
  guarded(): this {
    const { execute } = this;
    this.execute = (Client, name, action) =>
      execute(Client, name, (client) =>
        this.isShut ? Promise.reject(new Error('The client has been shut.')) : action(client),
      );
    return this;
  }

  /** What the server calls its version, `unknown` if it is too old to say. */
  async serverVersion(): Promise<string> {
    return (await this.capabilities).serverVersion;
  }

  /** Ends every stream and the connection. Resolves at once: what is left of them is of no interest any more. */
  shut(): void {
    this.isShut = true;
    this.dispose().catch(() => undefined);
    this.getChannel()
      .then((channel) => channel.close())
      .catch(() => undefined);
  }
}

export { parseConnectionString, type ConnectionOptions };

/** The names of the options that a connection string may have; the compiler knows if the client has others. */
export const connectionOptionNames = Object.keys({
  connectionName: true,
  defaultDeadline: true,
  discoveryInterval: true,
  gossipTimeout: true,
  keepAliveInterval: true,
  keepAliveTimeout: true,
  maxDiscoverAttempts: true,
  nodePreference: true,
  throwOnAppendFailure: true,
  tls: true,
  tlsCAFile: true,
  tlsVerifyCert: true,
  userCertFile: true,
  userKeyFile: true,
} satisfies Record<Exclude<keyof ConnectionOptions, 'dnsDiscover' | 'hosts' | 'defaultCredentials'>, true>);

/** What the parser expected and where, without what it found; undefined for any other error. */
export const expectedByParser = (error: unknown): string | undefined =>
  error instanceof Error ? /at position \d+, expected .*$/.exec(error.message)?.[0] : undefined;

/** Puts a sign of our own into a subscription, behind the events that wait in it: it comes out in its turn. */
export const pushBehindEvents = (subscription: AllStreamSubscription, sign: object): void => {
  subscription.push(sign);
};
