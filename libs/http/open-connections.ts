import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Answers to requests that have begun, in their order, until they are sent and the request is read to its end. */
  readonly underWay: Set<ServerResponse>;
  /** What had been read when it was last at rest: more is the beginning of a request. */
  restingBytes: number;
  /** Nothing that comes from now on is answered. */
  isEnding: boolean;
}

/** How much of connections there is at most. */
export interface ConnectionBounds {
  readonly connections: number;
  /** Requests of one connection under way at once. */
  readonly requests: number;
  /** Of answers that a client has not taken, before it may ask for more. */
  readonly unsentBytes: number;
  /** In which a client has to take something of its answer. */
  readonly silentMs: number;
}

/**
 * Clients that send several requests at once, without waiting for answers, are rare and send few. Nothing here is as large
 * as the unsent bytes but exports; who takes none of them for a minute is gone.
 */
export const usualConnectionBounds: ConnectionBounds = {
  connections: 4_096,
  requests: 8,
  unsentBytes: 16 * 1024 * 1024,
  silentMs: 60_000,
};

/** So long a client has to take the last answers, when what it goes on sending is not read. */
const patienceMs = 5_000;

const turnedAway = new WeakSet<IncomingMessage>();

/** Whether a request is beyond what its connection may ask: nobody is to do anything about it. */
export const isTurnedAway = (request: IncomingMessage): boolean => turnedAway.has(request);

/** No request that comes over the connection from now on is served. */
export const serveNoMore = (socket: Socket): void => {
  const connection = connections.get(socket);
  if (connection !== undefined) connection.isEnding = true;
};

const connections = new WeakMap<Socket, Connection>();

/** Answers to requests that have begun over a connection, in their order; also those that are sent before all is read. */
export const answersUnderWay = (socket: Socket): readonly ServerResponse[] => [
  ...(connections.get(socket)?.underWay ?? []),
];

/**
 * Closes the connections that are at rest, and has the answers under way say that theirs will be closed.
 *
 * @param isLate those, too, that wait for their clients: for the rest of a request, or to take their answer
 */
export type CloseConnections = (isLate: boolean) => void;

/**
 * Keeps an eye on connections, so that the end of the service waits for the answers it owes and for nothing else. Node
 * takes a connection for idle while most of its answer is still to be sent, but not when nothing was ever sent over it;
 * and for half a request it waits for ever, because a server that closes no longer looks at its timeouts.
 *
 * Until then it bounds them. A request beyond the bounds of its connection is turned away: the connection is closed behind
 * the answers that are due. Node parses all requests that come at once, so that its server has to be asked before anybody
 * serves one (`isTurnedAway`).
 */
export const watchConnections = (server: Server, bounds = usualConnectionBounds): CloseConnections => {
  server.maxConnections = bounds.connections;
  closeSilent(server, bounds.silentMs);
  const open = new Set<Connection>();
  server.on('connection', (socket) => {
    const connection = { socket, underWay: new Set<ServerResponse>(), restingBytes: 0, isEnding: false };
    connections.set(socket, connection);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  });
  // Before the listener that serves it.
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    if (!mayAsk(connection, bounds)) {
      turnedAway.add(request);
      endBehindAnswers(connection);
      return;
    }
    connection.underWay.add(response);
    const done = (): void => {
      leave(connection, response);
    };
    response.once('close', () => {
      // One that is refused may be answered while most of its body is still to come.
      if (request.complete) done();
      else request.once('end', done);
    });
  });
  const close: CloseConnections = (isLate) => {
    for (const connection of open) {
      announceEnd(connection);
      if (isAtRest(connection) || (isLate && waitsForClient(connection))) connection.socket.destroy();
    }
  };
  // A server that closes asks itself for it, and would cut answers short.
  server.closeIdleConnections = () => {
    close(false);
  };
  return close;
};

const leave = (connection: Connection, answer: ServerResponse): void => {
  connection.underWay.delete(answer);
  if (connection.underWay.size > 0) return;
  connection.restingBytes = connection.socket.bytesRead;
  if (connection.isEnding) connection.socket.destroySoon();
};

const mayAsk = (connection: Connection, { requests, unsentBytes }: ConnectionBounds): boolean =>
  !connection.isEnding && connection.underWay.size < requests && unsentOf(connection) <= unsentBytes;

/** What is made and not yet taken: by the socket, or for the answers that wait for those before them. */
const unsentOf = ({ socket, underWay }: Connection): number => {
  let bytes = socket.writableLength;
  for (const answer of underWay) if (answer.socket === null) bytes += answer.writableLength;
  return bytes;
};

/** Reads no more of a connection, and closes it when what is due has been sent; in two steps, as in `unread-body.ts`. */
const endBehindAnswers = (connection: Connection): void => {
  const { socket, underWay } = connection;
  socket.pause();
  if (connection.isEnding) return;
  connection.isEnding = true;
  announceEnd(connection);
  socket.destroySoon = () => {
    if (socket.writableEnded) return;
    socket.end();
    AbortSignal.timeout(patienceMs).addEventListener('abort', () => socket.destroy());
  };
  if (underWay.size === 0) socket.destroySoon();
};

/** Node looks whether anything has come or gone; it does not know for whom it waits. */
const closeSilent = (server: Server, silentMs: number): void => {
  server.timeout = silentMs;
  server.on('timeout', (socket: Socket) => {
    const connection = connections.get(socket);
    if (connection === undefined || isAtRest(connection) || unsentOf(connection) > 0) socket.destroy();
  });
};

/** Whoever sends the next request would get no answer. The last answer says so: those behind it would not be sent. */
const announceEnd = ({ underWay }: Connection): void => {
  const last = [...underWay].at(-1);
  for (const answer of underWay) answer.shouldKeepAlive = answer !== last;
};

const isAtRest = ({ socket, underWay, restingBytes }: Connection): boolean =>
  underWay.size === 0 && socket.bytesRead === restingBytes;

const waitsForClient = ({ socket, underWay }: Connection): boolean =>
  underWay.size === 0 || socket.writableLength > 0 || [...underWay].some(({ req }) => !req.complete);
