import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { meteringRecord } from '#domain/metering/metering-record.js';
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
const meteringOperations = (): OpenAPIObject['paths'][string] => {
  const record = z.toJSONSchema(meteringRecord, { io: 'input', unrepresentable: 'any' });
  const cloudEvent = {
    type: 'object',
    description: `CloudEvents 1.0, type ${meteredType}; data is a record without id, source and occurredAt.`,
  };
  const json = (schema: object, shown: unknown) => ({ schema, example: shown });
  return {
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
        413: { description: 'Over 16 MiB or 10,000 records' },
        415: { description: 'Another content type' },
      },
    },
  };
};

const minPosition = {
  name: 'minPosition',
  in: 'query' as const,
  schema: { type: 'string' as const, pattern: '^\\d{1,15}$' },
  description:
    'The `position` of an answer, also of another process: the answer to this shows at least everything up to it. After 2 seconds without it: 503 `notYetReached`.',
};

/** What every query takes is no controller's. */
const describeQueries = ({ paths }: OpenAPIObject): void => {
  for (const [path, { get }] of Object.entries(paths)) {
    if (get === undefined || !path.startsWith('/api/v1/')) continue;
    get.parameters = [...(get.parameters ?? []), minPosition];
  }
};

/** A route with two paths, one of them without parameters, says nothing of the other's. */
const describePathParameters = ({ paths }: OpenAPIObject): void => {
  for (const [path, operations] of Object.entries(paths)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const operation of [operations.get, operations.put, operations.post, operations.delete]) {
      if (operation === undefined) continue;
      const known = operation.parameters ?? [];
      const missing = names.filter((name) => !known.some((one) => 'name' in one && one.name === name));
      const described = missing.map((name) => ({ name, in: 'path' as const, required: true, schema: string }));
      operation.parameters = [...described, ...known];
    }
  }
};
const string = { type: 'string' as const };

/** Serves the OpenAPI document and a page to read it. */
export const serveOpenApi = (app: INestApplication): void => {
  const builder = new DocumentBuilder()
    .setTitle('Bursar')
    .setDescription("Spend governance for fleets of AI agents. Money is in micros of the organisation's currency.")
    .setVersion('0.1.0')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  const document = () => {
    const made = SwaggerModule.createDocument(app, builder);
    made.paths[meteringPath] = meteringOperations();
    describeQueries(made);
    describePathParameters(made);
    return made;
  };
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'api/v1/openapi.json', customSiteTitle: 'Bursar' });
};
