import { readFileSync } from 'node:fs';
import { EventStoreDBClient, LEADER, type ChannelCredentialOptions, type NodePreference } from '@eventstore/db-client';
import {
  parseConnectionString,
  type ConnectionOptions,
} from '@eventstore/db-client/dist/Client/parseConnectionString.js';

/**
 * The client, with every append as a call of its own, and left alone once something has failed.
 *
 * Its shared stream of appends keeps who waits in one table for all clients of a process: one broken stream rejects the
 * appends of every other, and an answer that comes after that throws where nobody can catch it. A call of its own has a
 * deadline that the client itself keeps. Its way of connecting again remembers a search for a node that found none, for
 * good, and lets it end in a rejection that nobody handles: whoever uses a client shuts it instead, and makes a new one.
 */
export class EventStoreClient extends EventStoreDBClient {
  private isShut = false;
  protected override supports = (): Promise<boolean> => Promise.resolve(false);
  protected override handleError = (): Promise<void> => Promise.resolve();

  /** Lets no call begin once it is shut: over a closed connection an append throws where nobody can catch it. */
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

/**
 * Makes clients of one event store; a client that has lost its way is shut and replaced by a new one.
 *
 * @param toLeader whether it looks for the node that leads, whatever the connection string prefers
 */
export type Connect = (toLeader?: boolean) => EventStoreClient;

/**
 * Reads a connection string, `esdb://` or `esdb+discover://`, with all its options. Throws `RangeError` with a sentence
 * that says what to mend and does not repeat the credentials. Connects nowhere yet.
 */
export const connector = (connectionString: string): Connect => {
  const connect = connectorOf(parsed(connectionString));
  try {
    // The client looks at numbers when it is made.
    connect();
  } catch (error) {
    throw wrong(error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
  }
  return connect;
};

const connectorOf = (options: ConnectionOptions): Connect => {
  const security: ChannelCredentialOptions = { insecure: options.tls === false, ...certificates(options) };
  const { hosts, dnsDiscover, defaultCredentials, ...rest } = options;
  // An append that failed must say so: without the error its answer has a wrong revision.
  const common = { ...rest, throwOnAppendFailure: true };
  const [first] = hosts;
  if (!dnsDiscover && hosts.length === 1) {
    return () => new EventStoreClient({ ...common, endpoint: first }, security, defaultCredentials).guarded();
  }
  const settings = (toLeader = false) => (toLeader ? { ...common, nodePreference: leading } : common);
  if (dnsDiscover) {
    return (toLeader) =>
      new EventStoreClient({ ...settings(toLeader), discover: first }, security, defaultCredentials).guarded();
  }
  return (toLeader) =>
    new EventStoreClient({ ...settings(toLeader), endpoints: hosts }, security, defaultCredentials).guarded();
};

const leading: NodePreference = LEADER;

const optionNames = [
  'connectionName',
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'throwOnAppendFailure',
  'tls',
  'tlsCAFile',
  'tlsVerifyCert',
  'userCertFile',
  'userKeyFile',
];

const flat = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');
const knownOptions = new Set(optionNames.map(flat));

const parsed = (connectionString: string): ConnectionOptions => {
  requireEncoded(connectionString);
  const query = connectionString.includes('?') ? connectionString.slice(connectionString.indexOf('?') + 1) : '';
  const names = query.split(/[&?]/).map((pair) => pair.split('=', 1)[0]);
  const unknown = names.find((name) => name !== '' && !knownOptions.has(flat(name)));
  if (unknown !== undefined) throw wrong(`it does not know "${unknown}"; the options are ${optionNames.join(', ')}`);
  if (names.some((name) => flat(name) === 'tlsverifycert')) {
    throw wrong('tlsVerifyCert has no effect; name the certificate authority with tlsCAFile');
  }
  const options = read(connectionString);
  if (options.hosts.length === 0) throw wrong('it names no host');
  return options;
};

const encoded =
  'what stands before @ is user:password, and in all of it @ is written as %40, : as %3A, ? as %3F and % as %25';

// The client would cut a password off at its second colon, and take what follows on its first @ for a host.
const requireEncoded = (connectionString: string): void => {
  const credentials = /\/\/(.*)@/.exec(connectionString)?.[1];
  if (credentials !== undefined && !/^[^:@?]+:[^:@?]+$/.test(credentials)) throw wrong(encoded);
};

const read = (connectionString: string): ConnectionOptions => {
  try {
    return parseConnectionString(connectionString);
  } catch (error) {
    if (error instanceof URIError) throw wrong(encoded);
    const expected = error instanceof Error ? /at position \d+, expected .*$/.exec(error.message)?.[0] : undefined;
    throw wrong(expected ?? 'it has the form esdb://user:password@host:2113?tls=true');
  }
};

const certificates = ({ tls, tlsCAFile, userCertFile, userKeyFile }: ConnectionOptions): ChannelCredentialOptions => {
  if (tls === false) return {};
  if ((userCertFile === undefined) !== (userKeyFile === undefined)) {
    throw wrong('userCertFile and userKeyFile are given together or not at all');
  }
  return {
    rootCertificate: certificate(tlsCAFile),
    userCertFile: certificate(userCertFile),
    userKeyFile: certificate(userKeyFile),
  };
};

const certificate = (path: string | undefined): Buffer | undefined => {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch {
    throw wrong(`the file ${path} cannot be read`);
  }
};

const wrong = (what: string): RangeError =>
  new RangeError(`The connection string of the event store cannot be used: ${what}.`);
