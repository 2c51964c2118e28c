import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inTurn } from '#application/turns.js';
import type { Access } from './caller.js';
import { inflating, inflatingProblem, maxBodyBytes, parseJson } from './json-body.js';
import { bodyProblems, notFound, Problem } from './problem.js';

/** A body over the limit is read to its end, so that its sender gets to see the answer, but not for ever. */
const maxDrainedBytes = 4 * maxBodyBytes;

const jsonTypes = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];

/** Reads JSON bodies, gzipped or not, and refuses all others. */
export const acceptJsonBodies = (fastify: FastifyInstance, access: Access): void => {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(jsonTypes, async (request: FastifyRequest, payload: IncomingMessage) => {
    const body = await bodyOf(request, payload, access);
    const plain = isGzipped(request.headers) ? await inflated(body) : body;
    if (plain.length > smallBytes) await inTurn();
    return parseJson(plain);
  });
};

/** Takes JSON bodies as the bytes that came. */
export const acceptRawBodies = (fastify: FastifyInstance, access: Access): void => {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(jsonTypes, (request: FastifyRequest, payload: IncomingMessage) =>
    bodyOf(request, payload, access),
  );
};

// What strangers send is not kept: it could be any amount.
const bodyOf = async (request: FastifyRequest, payload: IncomingMessage, access: Access): Promise<Buffer> => {
  const key = request.is404 ? notFound : access.keyOf(request);
  if (key instanceof Problem) throw key;
  return collected(payload);
};

/** @throws Problem 415 when the body is encoded in another way */
export const isGzipped = (headers: IncomingHttpHeaders): boolean => {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'gzip') return true;
  if (encoding === 'identity') return false;
  throw new Problem(415, 'unsupportedEncoding', 'A body may be gzipped or plain.');
};

const collected = (payload: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    payload.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(chunk);
      else chunks = [];
      if (bytes > maxDrainedBytes) payload.destroy(bodyProblems.tooLarge);
    });
    payload.once('end', () => {
      if (bytes > maxBodyBytes) reject(bodyProblems.tooLarge);
      else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    // The sender hung up, or sent without end: nothing of it is taken.
    payload.once('error', () => {
      reject(bytes > maxBodyBytes ? bodyProblems.tooLarge : incomplete);
    });
  });

const incomplete = new Problem(400, 'bodyIncomplete', 'The body ended before it was complete.');

const inflated = (body: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    gunzip(body, inflating, (error, plain) => {
      if (error === null) resolve(plain);
      else reject(inflatingProblem(error));
    });
  });

/** A body that is parsed at once: it takes a small part of a millisecond. */
export const smallBytes = 4_096;

/** The media type of a request, without parameters. */
export const mediaTypeOf = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
