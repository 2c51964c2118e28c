import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { fanOutCheck, fanOutDecision } from './fan-out-answers.js';
import { fanOutBody } from './fan-out-body.js';
import { fanOutCheckPath, fanOutsPath } from './fan-outs.route.js';

/** `POST /fan-outs` and `/fan-outs/check` are no controller's, so their part of the document is written here. */
export const fanOutOperations = (): OpenAPIObject['paths'] => ({
  [fanOutsPath]: operation(
    {
      operationId: 'FanOutsController_ask',
      summary: 'May so many sub-tasks start, and how many at once? Over money, slots and the tree in one decision',
      description:
        'Granted, perhaps with less concurrency than asked for, or denied with every rule that binds. A denial spends nothing, and the same request may be asked again. A group that is named and that nobody knows is 404 `unknownGroup`, unless `unknownGroups` of the organisation is `unassigned`.',
    },
    fanOutDecision,
  ),
  [fanOutCheckPath]: operation(
    { operationId: 'FanOutsController_check', summary: 'The same question; nothing changes' },
    fanOutCheck,
  ),
});

const operation = (about: object, answer: z.ZodType): OpenAPIObject['paths'][string] => ({
  post: {
    ...about,
    tags: ['fan-outs'],
    security: [{ bearer: [] }],
    requestBody: { required: true, content: json(z.toJSONSchema(fanOutBody, { io: 'input' })) },
    responses: { 200: { description: 'Granted or denied', content: json(z.toJSONSchema(answer)) } },
  },
});

const json = (schema: object) => ({ 'application/json': { schema } });
