import { readFileSync } from 'node:fs';
import { LEADER, type ChannelCredentialOptions, type NodePreference } from '@eventstore/db-client';
import {
  type ConnectionOptions,
  connectionOptionNames,
  EventStoreClient,
  expectedByParser,
  parseConnectionString,
} from './vendor-internals.js';

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

const flat = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');
const knownOptions = new Set(connectionOptionNames.map(flat));

const parsed = (connectionString: string): ConnectionOptions => {
  requireEncoded(connectionString);
  const query = connectionString.includes('?') ? connectionString.slice(connectionString.indexOf('?') + 1) : '';
  const names = query.split(/[&?]/).map((pair) => pair.split('=', 1)[0]);
  const unknown = names.find((name) => name !== '' && !knownOptions.has(flat(name)));
  if (unknown !== undefined) {
    throw wrong(`it does not know "${unknown}"; the options are ${connectionOptionNames.join(', ')}`);
  }
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
    throw wrong(expectedByParser(error) ?? 'it has the form esdb://user:password@host:2113?tls=true');
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
