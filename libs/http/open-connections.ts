import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Answers to requests that have begun, in their order, until they are sent and the request is read to its end. */
  readonly underWay: Set<ServerResponse>;
  /** What had been read when it was last at rest: more is the beginning of a request. */
  restingBytes: number;
}

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
 */
export const watchConnections = (server: Server): CloseConnections => {
  const open = new Set<Connection>();
  server.on('connection', (socket) => {
    const connection = { socket, underWay: new Set<ServerResponse>(), restingBytes: 0 };
    connections.set(socket, connection);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
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
  if (connection.underWay.size === 0) connection.restingBytes = connection.socket.bytesRead;
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
