import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { groupsOf } from '#kernel/reach.js';
import type { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { RequestFanOut } from '../commands/fan-outs.commands.js';
import { CheckFanOut } from '../queries/fan-outs.queries.js';
import { toDecisionResponse, toCheckResponse } from '../queries/fan-out.presenter.js';
import type { Callers } from '#http/caller.js';
import { metaOf, orThrow } from '#http/command.js';
import { fanOutBody, type FanOutBody } from './fan-out-body.js';
import { problemOfIssues } from '#http/problem-of.js';

export const fanOutsPath = '/api/v1/fan-outs';
export const fanOutCheckPath = `${fanOutsPath}/check`;

const action = 'fanOuts.ask';

/**
 * `POST /api/v1/fan-outs` and `/fan-outs/check`, straight on Fastify like metering: what a controller does around a
 * decision makes a fifth of the garbage of one, and collections are what decisions wait for.
 */
export const fanOutsRoute = (
  fastify: FastifyInstance,
  commands: CommandBus,
  queries: QueryBus,
  keyedMutex: KeyedMutex,
  callers: Callers,
): void => {
  const asked = (request: FastifyRequest) => {
    // On a shared store the key is looked at again, once this process knows what others have stored (`readmit`).
    const caller = callers.admitFound(request, action);
    const body = bodyOf(request);
    const reach = groupsOf(caller);
    // Written out, with what the caller keeps: spread, and with a closure of its own, it was a tenth of a decision's CPU.
    const { commandId, actor, reason } = metaOf(request, caller.actor);
    return { body, asker: { commandId, actor, reason, reach, readmit: caller.readmit } };
  };
  const options = { config: { needs: action } };
  fastify.post(fanOutsPath, options, async (request) => {
    const { body, asker } = asked(request);
    const answer = await keyedMutex.run(asker.commandId, () => commands.execute(new RequestFanOut(body, asker)));
    return toDecisionResponse(orThrow(answer), body.items);
  });
  fastify.post(fanOutCheckPath, options, async (request) => {
    const { body, asker } = asked(request);
    const answer = await queries.execute(new CheckFanOut(body, asker));
    return toCheckResponse(orThrow(answer), body.items);
  });
};

const bodyOf = (request: FastifyRequest): FanOutBody => {
  const { success, data, error } = fanOutBody.safeParse(request.body);
  if (!success) throw problemOfIssues(error.issues);
  return data;
};
