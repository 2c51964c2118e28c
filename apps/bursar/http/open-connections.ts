import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Answers to requests that have begun, until they are sent. */
  readonly underWay: Set<ServerResponse>;
  /** What had been read when it was last at rest: more is the beginning of a request. */
  restingBytes: number;
}

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
  const open = new Map<Socket, Connection>();
  server.on('connection', (socket) => {
    open.set(socket, { underWay: new Set(), restingBytes: 0 });
    socket.once('close', () => open.delete(socket));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = open.get(socket);
    connection?.underWay.add(response);
    response.once('close', () => {
      connection?.underWay.delete(response);
      if (connection?.underWay.size === 0) connection.restingBytes = socket.bytesRead;
    });
  });
  const close: CloseConnections = (isLate) => {
    for (const [socket, connection] of open) {
      // Whoever sends the next request over it would get no answer.
      for (const answer of connection.underWay) answer.shouldKeepAlive = false;
      if (isAtRest(socket, connection) || (isLate && waitsForClient(socket, connection))) socket.destroy();
    }
  };
  // A server that closes asks itself for it, and would cut answers short.
  server.closeIdleConnections = () => {
    close(false);
  };
  return close;
};

const isAtRest = ({ bytesRead }: Socket, { underWay, restingBytes }: Connection): boolean =>
  underWay.size === 0 && bytesRead === restingBytes;

const waitsForClient = ({ writableLength }: Socket, { underWay }: Connection): boolean =>
  underWay.size === 0 || writableLength > 0 || [...underWay].some(({ req }) => !req.complete);
