import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';

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

/** Routes that are no controller's, by their paths. */
type Operations = () => OpenAPIObject['paths'];

/** Serves the OpenAPI document and a page to read it. */
export const serveOpenApi = (app: INestApplication, operations: Operations): void => {
  const builder = new DocumentBuilder()
    .setTitle('Bursar')
    .setDescription(
      "Spend governance for fleets of AI agents. Money is in micros of the organisation's currency; a sum that passes 2^53 - 1 is null, and `<field>Exact` beside it has its digits.",
    )
    .setVersion('0.1.0')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  const document = () => {
    const made = SwaggerModule.createDocument(app, builder);
    for (const [path, ofPath] of Object.entries(operations())) {
      made.paths[path] = { ...made.paths[path], ...ofPath };
    }
    describeQueries(made);
    describePathParameters(made);
    return made;
  };
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'api/v1/openapi.json', customSiteTitle: 'Bursar' });
};
