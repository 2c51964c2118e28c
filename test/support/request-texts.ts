import { z } from 'zod';

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    properties: z.record(z.string(), schema).optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
    items: schema.optional(),
    oneOf: z.array(schema).optional(),
    anyOf: z.array(schema).optional(),
    allOf: z.array(schema).optional(),
    $ref: z.string().optional(),
  }),
);
interface Schema {
  readonly type?: string | string[] | undefined;
  readonly enum?: unknown[] | undefined;
  readonly const?: unknown;
  readonly properties?: Record<string, Schema> | undefined;
  readonly additionalProperties?: boolean | Schema | undefined;
  readonly items?: Schema | undefined;
  readonly oneOf?: Schema[] | undefined;
  readonly anyOf?: Schema[] | undefined;
  readonly allOf?: Schema[] | undefined;
  readonly $ref?: string | undefined;
}
const operation = z.looseObject({
  security: z.array(z.unknown()).optional(),
  parameters: z.array(z.looseObject({ in: z.string(), name: z.string(), schema })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema })) }).optional(),
});
const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), schema).default({}) }),
});

/**
 * Every free text that the requests of the OpenAPI document may carry, as `path.`, `query.`, `header.` or `body.` and its
 * name, by route (`GET /groups/{groupId}`). Words of a closed list, numbers and truth values name nothing.
 */
export const textsOfRequests = (openApi: unknown): ReadonlyMap<string, readonly string[]> => {
  const { paths, components } = document.parse(openApi);

  const texts = (one: Schema | undefined, path: string): readonly string[] => {
    if (one === undefined) return [];
    if (one.$ref !== undefined) return texts(components.schemas[one.$ref.split('/').at(-1) ?? ''], path);
    const { additionalProperties: others } = one;
    const isText = [one.type].flat().includes('string') && one.enum === undefined && one.const === undefined;
    return [
      ...(isText ? [path] : []),
      ...[one.oneOf, one.anyOf, one.allOf, one.items]
        .flatMap((more) => [more ?? []].flat())
        .flatMap((more) => texts(more, path)),
      ...Object.entries(one.properties ?? {}).flatMap(([name, more]) => texts(more, `${path}.${name}`)),
      ...(typeof others === 'object' ? texts(others, `${path}.*`) : []),
    ];
  };

  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(() => path.startsWith('/api/v1/'))
      .map(([method, { parameters, requestBody }]) => {
        const named = parameters.flatMap((one) => texts(one.schema, `${one.in}.${one.name}`));
        const inBody = texts(requestBody?.content['application/json']?.schema, 'body');
        const route = `${method.toUpperCase()} ${path.slice('/api/v1'.length)}`;
        return [route, [...new Set([...named, ...inBody])]] as const;
      }),
  );
  return new Map(routes);
};
