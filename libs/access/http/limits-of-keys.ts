import type { FastifyRequest } from 'fastify';
import { groupNotAllowed } from '#kernel/reach.js';
import { namedObjects } from './named-objects.js';
import { Problem } from '#http/problem.js';
import { problemOfRefusal } from '#http/problem-of.js';

type Part = 'params' | 'query' | 'body';
const partOf: Readonly<Record<string, Part | undefined>> = { path: 'params', query: 'query', body: 'body' };

/** Where a request to a route names groups, in terms of Fastify. */
interface Route {
  readonly isClosed: boolean;
  readonly groups: readonly (readonly [part: Part, name: string])[];
}

const routes: ReadonlyMap<string, Route> = new Map(
  Object.entries(namedObjects).map(([route, named]) => {
    const [method, path] = route.split(' ');
    const groups = Object.entries(named).flatMap(([field, { kind, rule }]) => {
      const [place, name] = field.split('.');
      const part = partOf[place];
      return kind === 'group' && rule === 'keysOwn' && part !== undefined ? [[part, name] as const] : [];
    });
    const isClosed = Object.values(named).some(({ rule }) => rule === 'unlimitedKeys');
    return [`${method} /api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, { isClosed, groups }];
  }),
);

/**
 * Refuses a request of a key that is limited to groups if it names another group, whether there is one or not, or if
 * the route is about all of them (`named-objects.ts`). Nothing is looked up.
 *
 * @param groups the only ones the key reaches
 * @throws Problem 403 `groupNotAllowed`
 */
export const refuseOtherGroups = (request: FastifyRequest, groups: readonly string[]): void => {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = routes.get(`${method} ${request.routeOptions.url ?? ''}`);
  if (route === undefined || route.isClosed) throw allGroups;
  for (const [part, name] of route.groups) {
    const given = valueIn(request[part], name);
    if (typeof given === 'string' && !groups.includes(given)) throw problemOfRefusal(groupNotAllowed);
  }
};

const allGroups = new Problem(
  403,
  'groupNotAllowed',
  'Your key is limited to groups, and this is about the organisation.',
);

const valueIn = (part: unknown, name: string): unknown =>
  typeof part === 'object' && part !== null ? Object.entries(part).find(([key]) => key === name)?.[1] : undefined;
