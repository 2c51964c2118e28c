import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

/** Answers what is asked at the socket; what it throws is answered with 500 and the message. */
export type DoorAnswer = (query: URLSearchParams, response: ServerResponse) => void | Promise<void>;

/** Where the owner of a directory answers other processes of this machine: HTTP at a Unix socket in the directory. */
export class OwnerSocket {
  private readonly answers = new Map<string, DoorAnswer>();

  private constructor(
    private readonly server: Server,
    private readonly directoryHandle: number | undefined,
  ) {}

  static async open(directory: string, name: string): Promise<OwnerSocket> {
    const { path, handle } = shortPath(directory, name);
    const server = createServer();
    const socket = new OwnerSocket(server, handle);
    server.on('request', (request, response) => void socket.answer(request, response));
    server.listen(path);
    await once(server, 'listening');
    server.unref();
    return socket;
  }

  /** From now on `GET <path>` is answered. */
  serve(path: string, answer: DoorAnswer): void {
    this.answers.set(path, answer);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    if (this.directoryHandle !== undefined) closeSync(this.directoryHandle);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://socket');
    const answer = this.answers.get(url.pathname);
    try {
      // What is not served yet will be: an owner that has just taken the directory is still opening it.
      if (answer === undefined) response.writeHead(503).end();
      else await answer(url.searchParams, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  }
}

/** The name on disk stays: a version before this one may ask. */
export const socketNameOf = (token: number): string => `door-${String(token)}`;

/** Whether somebody listens: the kernel answers for a process that lives, also for one in another container. */
export const socketAnswers = async (directory: string, name: string): Promise<boolean> => {
  const { path, handle } = shortPath(directory, name);
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
    if (handle !== undefined) closeSync(handle);
  }
};

/** A socket's path has about 100 bytes at most. On Linux a handle of the directory makes any path short. */
export const shortPath = (directory: string, name: string): { path: string; handle: number | undefined } => {
  if (process.platform !== 'linux') return { path: join(directory, name), handle: undefined };
  const handle = openSync(directory, 'r');
  return { path: `/proc/self/fd/${String(handle)}/${name}`, handle };
};
