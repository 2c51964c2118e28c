import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { meteringRecord } from '../domain/metering-record.js';
import { meteredType } from './cloud-events.js';
import { meteringAnswer } from './metering-answer.js';
import { meteringPath } from './metering.route.js';

const example = {
  source: 'cowork',
  id: 'req_011CQ7',
  taskId: 't-1842',
  userId: 'u-ana',
  occurredAt: '2026-11-20T14:03:11.482+01:00',
  model: 'claude-sonnet-5-5',
  usage: { inputTokens: 1200, outputTokens: 640, cacheReadTokens: 52000 },
  skill: 'triage',
};

/** `POST /metering` is no controller's, so its part of the document is written here, from the same schema. */
export const meteringOperations = (): OpenAPIObject['paths'] => {
  const record = z.toJSONSchema(meteringRecord, { io: 'input', unrepresentable: 'any' });
  const cloudEvent = {
    type: 'object',
    description: `CloudEvents 1.0, type ${meteredType}; data is a record without id, source and occurredAt, or with the same (else \`contradictsEnvelope\`).`,
  };
  const json = (schema: object, shown: unknown) => ({ schema, example: shown });
  return {
    [meteringPath]: {
      post: {
        tags: ['metering'],
        summary: 'Meter one record, up to 10,000 in an array, or CloudEvents',
        description:
          'Answers when everything accepted is durable and folded. Bad records do not stop good ones. Bodies may be gzipped.',
        security: [{ bearer: [] }],
        parameters: [
          {
            name: 'allowOld',
            in: 'query',
            schema: { type: 'boolean' },
            description: 'Owner only: take records older than 400 days.',
          },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': json({ oneOf: [record, { type: 'array', maxItems: 10_000, items: record }] }, example),
            'application/cloudevents+json': json(cloudEvent, undefined),
            'application/cloudevents-batch+json': json({ type: 'array', items: cloudEvent }, undefined),
          },
        },
        responses: {
          200: {
            description: 'What became of each record',
            content: {
              'application/json': json(z.toJSONSchema(meteringAnswer), {
                accepted: 1,
                duplicates: 0,
                rejected: [{ index: 1, id: 'req_2', code: 'negativeAmount', detail: 'costMicros is negative' }],
                position: '42',
              }),
            },
          },
          400: { description: 'The body is no JSON; nothing is stored' },
          413: { description: 'Over 8 MiB, also after inflating, or 10,000 records' },
          415: { description: 'Another content type' },
        },
      },
    },
  };
};
