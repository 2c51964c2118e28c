import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps an eye on connections over which nothing was ever sent: clients open them in advance. Node does not count them
 * as idle, and one of them would hold up the end of the service for a minute.
 *
 * @returns closes those that are silent now
 */
export const watchSilentConnections = (server: Server): (() => void) => {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
};
