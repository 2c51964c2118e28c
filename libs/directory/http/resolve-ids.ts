import type { FastifyInstance } from 'fastify';
import { isPlainId } from '#kernel/ids.js';
import type { IdKind, Ids } from '../queries/ids.js';

type Kinds = ReadonlyMap<string, IdKind>;
const inPaths: Kinds = new Map([
  ['groupId', 'group'],
  ['userId', 'user'],
  ['taskId', 'task'],
]);
const inQueries: Kinds = new Map([
  ['group', 'group'],
  ['user', 'user'],
  ['skill', 'name'],
  ['plugin', 'name'],
  ['connector', 'name'],
  ['schedule', 'name'],
]);

/**
 * Lets paths and filters find what is stored, whichever way its letters were composed when they were sent: an id that is
 * known as it is stays, another one is looked up as it would be stored.
 */
export const resolveIds = (fastify: FastifyInstance, ids: Ids): void => {
  const found = (given: unknown, kinds: Kinds): unknown => {
    if (typeof given !== 'object' || given === null) return given;
    const entries = Object.entries(given);
    if (entries.every(([, value]) => typeof value !== 'string' || isPlainId(value))) return given;
    return Object.fromEntries(
      entries.map(([name, value]): [string, unknown] => {
        const kind = kinds.get(name);
        return [name, typeof value === 'string' && kind !== undefined ? ids.found(kind, value) : value];
      }),
    );
  };
  fastify.addHook('preValidation', (request, _reply, done) => {
    request.params = found(request.params, inPaths);
    request.query = found(request.query, inQueries);
    done();
  });
};
