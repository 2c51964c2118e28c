import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** One keep-alive HTTP/1.1 connection that sends prepared bytes and reads answers with a Content-Length: nothing more. */
export interface Connection {
  /** Sends a prepared request and resolves to the body of the answer. Rejects when the status is not 200. */
  send(request: Buffer): Promise<string>;
  close(): void;
}

export const openConnection = async (port: number): Promise<Connection> => {
  const socket = await connected(port);
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined;

  const take = (): void => {
    const head = received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const text = received.toString('latin1', 0, head);
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    const end = head + 4 + length;
    if (received.length < end) return;
    const body = received.toString('utf8', head + 4, end);
    received = received.subarray(end);
    const answered = waiting;
    waiting = undefined;
    if (text.startsWith('HTTP/1.1 200')) answered?.resolve(body);
    else answered?.reject(new Error(`${text.slice(0, 40)} ${body.slice(0, 200)}`));
  };
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    take();
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
};

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });

/** A request as bytes. */
export const requestBytes = (method: string, path: string, key: string, body = ''): Buffer =>
  Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
  );
