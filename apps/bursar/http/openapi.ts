import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { fanOutOperations } from './fan-outs.operations.js';
import { meteringOperations } from './metering.operations.js';

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
    for (const [path, operations] of Object.entries({ ...meteringOperations(), ...fanOutOperations() })) {
      made.paths[path] = { ...made.paths[path], ...operations };
    }
    describeQueries(made);
    return made;
  };
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'api/v1/openapi.json', customSiteTitle: 'Bursar' });
};
