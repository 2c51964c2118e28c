import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { illFormedText } from '#kernel/well-formed.js';
import { inTurn } from '#event-sourcing/turns.js';
import { BodiesUnderWay } from './bodies-under-way.js';
import type { Callers } from './caller.js';
import { deepest, isTooDeep } from './nesting.js';
import { bodyProblems, notFound, Problem } from './problem.js';
import { inflate, readSent } from './read-body.js';

/** The most a body may hold, as it is sent and inflated, where the route names no limit of its own. */
export const maxBodyBytes = 64 * 1024;

const jsonTypes = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];

/**
 * Reads JSON bodies, gzipped or not, and refuses all others, and texts that could not be stored as they are. Whoever may
 * not do what the route does, whoever announces more than it takes, and what there is no room for, is refused before a byte
 * is read.
 * A bulk route looks at texts itself: a metering record is refused alone, not with its neighbours.
 */
export const acceptJsonBodies = (
  fastify: FastifyInstance,
  callers: Callers,
  bodiesUnderWay = new BodiesUnderWay(),
): void => {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(jsonTypes, async (request: FastifyRequest, payload: IncomingMessage) => {
    if (request.is404) throw notFound;
    const { config, bodyLimit } = request.routeOptions;
    const { keyId } = callers.find(request, actionsOf(config.needs, request.query));
    const isGzip = isGzipped(request.headers);
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > bodyLimit) throw bodyProblems.tooLarge;
    const underWay = bodiesUnderWay.begin(keyId, config.isBulk === true);
    try {
      underWay.reach(announced);
      const sent = await readSent(payload, bodyLimit, underWay);
      const body = isGzip ? await inflate(sent, bodyLimit, underWay) : sent;
      if (body.length > smallBytes) await inTurn();
      if (body.length > largeBytes && (await isTooDeep(body))) throw tooDeep;
      const parsed = parse(body);
      if (config.isBulk !== true) refuseIllFormed(parsed);
      return parsed;
    } finally {
      underWay.end();
    }
  });
};

const actionsOf = (needs: FastifyContextConfig['needs'], query: unknown): readonly string[] => {
  if (needs === undefined) return [];
  return typeof needs === 'string' ? [needs] : needs(query);
};

const isGzipped = ({ 'content-encoding': encoding = 'identity' }: IncomingHttpHeaders): boolean => {
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Problem(415, 'unsupportedEncoding', 'A body may be gzipped or plain.');
  }
  return encoding === 'gzip';
};

/** Refuses a body with a text that could not be stored as it is. It can only have come as an escape: `"\\ud800"`. */
const refuseIllFormed = (body: unknown): void => {
  const text = illFormedText(body);
  if (text === undefined) return;
  throw new Problem(400, 'invalidValue', `A text holds half a surrogate pair: ${JSON.stringify(text).slice(0, 80)}`);
};

/** A body that is parsed at once: it takes a small part of a millisecond. */
const smallBytes = 4_096;

/** One whose brackets are counted before: nothing takes longer to parse than a bracket in a bracket. */
const largeBytes = 256 * 1024;

const tooDeep = new Problem(
  400,
  'bodyTooDeep',
  `Arrays and objects of the body lie more than ${String(deepest)} deep in each other; a record needs four.`,
);

const parse = (body: Buffer): unknown => {
  // Many clients name a type even when they send nothing; whoever needs a body says that it is missing.
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new Problem(400, 'bodyNotUtf8', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Problem(
      400,
      'bodyNotJson',
      `The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
};

/** The media type of a request, without parameters. */
export const mediaTypeOf = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
