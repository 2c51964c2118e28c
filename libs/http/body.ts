import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { illFormedText } from '#kernel/well-formed.js';
import { inTurn } from '#event-sourcing/turns.js';
import type { Callers } from './caller.js';
import { bodyProblems, notFound, Problem } from './problem.js';

/** The most a body may hold, as it is sent and inflated. */
export const maxBodyBytes = 16 * 1024 * 1024;

/** A body over the limit is read to its end, so that its sender gets to see the answer, but not for ever. */
const maxDrainedBytes = 4 * maxBodyBytes;

const jsonTypes = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Reads JSON bodies, gzipped or not, and refuses all others, and texts that could not be stored as they are. What
 * strangers send is not kept: it could be any amount.
 * A bulk route looks at texts itself: a metering record is refused alone, not with its neighbours.
 */
export const acceptJsonBodies = (fastify: FastifyInstance, callers: Callers): void => {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(jsonTypes, (request, payload, done) => {
    const problem = request.is404 ? notFound : callers.find(request);
    if (problem !== undefined) {
      done(problem);
      return;
    }
    const encoding = request.headers['content-encoding'] ?? 'identity';
    const checked = request.routeOptions.config.isBulk === true ? done : wellFormed(done);
    collect(payload, (error, body) => {
      if (body === undefined) done(error);
      else if (encoding === 'identity') void parseInTurn(body, checked);
      else if (encoding === 'gzip') inflate(body, checked);
      else done(new Problem(415, 'unsupportedEncoding', 'A body may be gzipped or plain.'));
    });
  });
};

/** Refuses a body with a text that could not be stored as it is. It can only have come as an escape: `"\\ud800"`. */
const wellFormed =
  (done: Done): Done =>
  (error, body) => {
    const text = illFormedText(body);
    if (text === undefined) done(error, body);
    else {
      done(
        new Problem(400, 'invalidValue', `A text holds half a surrogate pair: ${JSON.stringify(text).slice(0, 80)}`),
      );
    }
  };

const collect = (payload: IncomingMessage, done: (error: Error | null, body?: Buffer) => void): void => {
  let chunks: Buffer[] = [];
  let bytes = 0;
  payload.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else chunks = [];
    if (bytes > maxDrainedBytes) payload.destroy(bodyProblems.tooLarge);
  });
  payload.once('end', () => {
    if (bytes > maxBodyBytes) done(bodyProblems.tooLarge);
    else done(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
  // The sender hung up, or sent without end: nothing of it is taken.
  payload.once('error', () => {
    done(bytes > maxBodyBytes ? bodyProblems.tooLarge : incomplete);
  });
};

const incomplete = new Problem(400, 'bodyIncomplete', 'The body ended before it was complete.');

const inflate = (body: Buffer, done: Done): void => {
  gunzip(body, { maxOutputLength: maxBodyBytes }, (error, inflated) => {
    if (error === null) void parseInTurn(inflated, done);
    else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') done(bodyProblems.tooLarge);
    else done(new Problem(400, 'bodyNotGzip', 'The body says that it is gzipped, but it cannot be inflated.'));
  });
};

const parseInTurn = async (body: Buffer, done: Done): Promise<void> => {
  if (body.length > smallBytes) await inTurn();
  parse(body, done);
};

/** A body that is parsed at once: it takes a small part of a millisecond. */
const smallBytes = 4_096;

const parse = (body: Buffer, done: Done): void => {
  // Many clients name a type even when they send nothing; whoever needs a body says that it is missing.
  if (body.length === 0) {
    done(null, undefined);
    return;
  }
  if (!isUtf8(body)) {
    done(new Problem(400, 'bodyNotUtf8', 'The body is not valid UTF-8.'));
    return;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch (error) {
    done(
      new Problem(400, 'bodyNotJson', `The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`),
    );
    return;
  }
  done(null, parsed);
};

/** The media type of a request, without parameters. */
export const mediaTypeOf = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
