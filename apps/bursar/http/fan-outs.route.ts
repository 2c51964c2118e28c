import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isRefusal } from '#kernel/refusal.js';
import { groupsOf } from '#domain/access/permissions.js';
import { unknownParentFanOut } from '#domain/fan-out/admission.js';
import type { FanOuts } from '#application/fan-out/fan-outs.js';
import type { FanOutQueries } from '#application/fan-out/fan-outs.query.js';
import { shownAnswer, shownCheck } from '#application/fan-out/shown-fan-out.js';
import type { Access, Caller } from './caller.js';
import { metaOf, orThrow } from './command.js';
import { fanOutBody, type FanOutBody } from './fan-out-body.js';
import { Problem, problemOfIssues, problemOfRefusal } from './problem.js';

export const fanOutsPath = '/api/v1/fan-outs';
export const fanOutCheckPath = `${fanOutsPath}/check`;

/**
 * `POST /api/v1/fan-outs` and `/fan-outs/check`, straight on Fastify like metering: what a controller does around a
 * decision makes a fifth of the garbage of one, and collections are what decisions wait for.
 */
export const fanOutsRoute = (
  fastify: FastifyInstance,
  fanOuts: FanOuts,
  queries: FanOutQueries,
  access: Access,
): void => {
  const asked = (request: FastifyRequest) => {
    const caller = access.admit(request, 'fanOuts.ask');
    const body = bodyOf(request);
    allow(caller, body, queries);
    const readmit = (): void => {
      access.readmit(caller);
    };
    return { body, asker: { ...metaOf(request, caller.actor), readmit } };
  };
  fastify.post(fanOutsPath, async (request) => {
    const { body, asker } = asked(request);
    return shownAnswer(orThrow(await fanOuts.ask(body, asker)), body.items);
  });
  fastify.post(fanOutCheckPath, async (request) => {
    const { body, asker } = asked(request);
    return shownCheck(orThrow(await fanOuts.check(body, asker)), body.items);
  });
};

const bodyOf = (request: FastifyRequest): FanOutBody => {
  const { success, data, error } = fanOutBody.safeParse(request.body);
  if (!success) throw problemOfIssues(error.issues);
  return data;
};

/** Neither for a group that the key does not reach, nor on the slot and the hold of one. */
const allow = (caller: Caller, { groupId, parentFanOutId }: FanOutBody, queries: FanOutQueries): void => {
  const reach = groupsOf(caller);
  if (reach === undefined) return;
  if (!reach.includes(groupId)) throw groupNotAllowed();
  if (parentFanOutId === undefined) return;
  if (isRefusal(queries.find(parentFanOutId, reach))) throw problemOfRefusal(unknownParentFanOut);
};

export const groupNotAllowed = (): Problem =>
  new Problem(403, 'groupNotAllowed', 'Your key does not reach this group.');
