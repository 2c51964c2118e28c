import { isUtf8 } from 'node:buffer';
import type { ZlibOptions } from 'node:zlib';
import { bodyProblems, Problem } from './problem.js';

/** The most a body may hold, as it is sent and inflated (api.md). */
export const maxBodyBytes = 16 * 1024 * 1024;

export const inflating: ZlibOptions = { maxOutputLength: maxBodyBytes };

/** Why a body could not be inflated. */
export const inflatingProblem = (error: unknown): Problem =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    ? bodyProblems.tooLarge
    : new Problem(400, 'bodyNotGzip', 'The body says that it is gzipped, but it cannot be inflated.');

/**
 * What a body says; undefined if it is empty: many clients name a type even when they send nothing.
 *
 * @throws Problem
 */
export const parseJson = (body: Buffer): unknown => {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new Problem(400, 'bodyNotUtf8', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new Problem(400, 'bodyNotJson', `The body is not JSON: ${why}`);
  }
};
