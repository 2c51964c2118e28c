import { closeSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { LogFailure } from '#event-sourcing/ports/event-log.js';
import { socketNameOf, shortPath } from '../owner/owner-socket.js';
import type { LockHolder } from '../owner/owner.js';

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** An owner that is still opening its directory answers after a while. */
const tries = 100;
const betweenTriesMs = 100;

/** Asks the owner of the directory. Rejects with `LogFailure`: `closed` when it has gone, else what it says. */
export const ask = async (directory: string, owner: LockHolder, path: string): Promise<Buffer> => {
  for (let nth = 1; ; nth++) {
    const { status, body } = await answerOf(directory, owner, path);
    if (status === 200) return body;
    if (status !== 503) throw new LogFailure('damaged', body.toString());
    if (nth === tries) throw gone(directory, owner, new Error('it is not ready'));
    await pause(betweenTriesMs);
  }
};

const answerOf = async (directory: string, owner: LockHolder, path: string): Promise<Answer> => {
  const { path: socketPath, handle } = shortPath(directory, socketNameOf(owner.token));
  try {
    return await new Promise<Answer>((resolve, reject) => {
      get({ socketPath, path, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
        });
      }).on('error', reject);
    });
  } catch (error) {
    throw gone(directory, owner, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
};

const gone = (directory: string, owner: LockHolder, cause: unknown): LogFailure =>
  new LogFailure(
    'closed',
    `Process ${String(owner.pid)} on ${owner.host}, which has ${directory} open, does not answer. Try again, or stop it first.`,
    { cause },
  );
