import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { exactFields, exactName } from '#kernel/exact-fields.js';

/**
 * JSON has no number for a sum that passes 2^53 - 1. In every answer such a field is null, and beside it
 * `<field>Exact` has its digits; nothing else about the answer changes.
 */
export const serializeBigSums = (fastify: FastifyInstance): void => {
  fastify.addHook('preSerialization', (_request, _reply, payload, done) => {
    done(null, withExactSums(payload));
  });
};

/** An answer as JSON can say it; nearly always it is the answer itself. */
export const withExactSums = (answer: unknown): unknown => (hasBigSum(answer) ? told(answer) : answer);

/** A field with a sum, for the OpenAPI document: `schema` describes it where it is a number. */
export const sumField = (name: string, schema: z.ZodInt) => ({
  [name]: schema.nullable(),
  [exactName(name)]: z
    .string()
    .optional()
    .describe(`The digits of \`${name}\`, where it is null because it passes 2^53 - 1.`),
});

const hasBigSum = (value: unknown): boolean =>
  typeof value === 'bigint' || (isObject(value) && Object.values(value).some(hasBigSum));

const told = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(told);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) =>
      typeof field === 'bigint' ? Object.entries(exactFields({ [name]: field })) : [[name, told(field)] as const],
    ),
  );
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
