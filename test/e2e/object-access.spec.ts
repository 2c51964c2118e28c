import assert from 'node:assert/strict';
import { z } from 'zod';
import { type NamedKind, namedEverywhere, namedObjects, type NamedRule } from '#access/http/named-objects.js';
import { type Action, may } from '#access/domain/permissions.js';
import { type Answer, type Api, codeOf, recordWith } from '#test/support/api.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { createLimitedWorld, type LimitedKey, limitedKeys, type LimitedWorld } from '#test/support/limited-world.js';
import { textsOfRequests } from '#test/support/request-texts.js';

/** Whose an object is: of the key's own group or source, of another, or of nobody. */
const everybody = ['own', 'foreign', 'nobodys'] as const;
type Whose = (typeof everybody)[number];

/** What a limited key may call, if its role may; every other route is closed. The stream of alerts is tested below. */
const open: Readonly<Partial<Record<string, Action>>> = {
  'GET /organisation': 'organisation.read',
  'POST /metering': 'metering.write',
  'POST /tasks/{taskId}/finish': 'tasks.finish',
  'GET /tasks/{taskId}': 'tasks.read',
  'GET /spend': 'spend.read',
  'GET /groups': 'groups.read',
  'GET /groups/{groupId}': 'groups.read',
  'GET /groups/{groupId}/cap': 'caps.read',
  'GET /groups/{groupId}/cap/history': 'caps.read',
  'POST /fan-outs': 'fanOuts.ask',
  'POST /fan-outs/check': 'fanOuts.ask',
  'POST /fan-outs/{fanOutId}/renew': 'fanOuts.ask',
  'POST /fan-outs/{fanOutId}/release': 'fanOuts.ask',
  'GET /fan-outs': 'fanOuts.read',
  'GET /fan-outs/{fanOutId}': 'fanOuts.read',
  'GET /limits': 'limits.read',
  'GET /groups/{groupId}/limits': 'limits.read',
  'GET /prices': 'prices.read',
  'GET /alerts': 'alerts.read',
  'GET /alerts/stream': 'alerts.read',
  'GET /alerts/{alertId}': 'alerts.read',
  'POST /alerts/{alertId}/acknowledge': 'alerts.write',
  'POST /alerts/{alertId}/resolve': 'alerts.write',
  'POST /alerts/{alertId}/feedback': 'alerts.write',
};

let made = 0;
const one =
  (own: string, foreign: string, nobodys: string) =>
  (_: LimitedWorld, whose: Whose): string =>
    ({ own, foreign, nobodys })[whose];

/** What objects are called; those that a call uses up are made anew for it. */
const nameOf: Readonly<Partial<Record<NamedKind, (world: LimitedWorld, whose: Whose) => string | Promise<string>>>> = {
  group: one('eng', 'zeta', 'gamma'),
  user: one('u-eng', 'u-zeta', 'u-gamma'),
  task: (_, whose) => one('t-eng', 't-zeta', `t-gamma-${String(++made)}`)(world, whose),
  source: one('mine', 'theirs', 'gamma'),
  name: one('s-eng', 's-zeta', 's-gamma'),
  fanOut: ({ grant, zetaFanOut }, whose) =>
    whose === 'own' ? grant('eng', { taskId: 't-eng' }) : one('', zetaFanOut, 'fo_gamma')(world, whose),
  alert: ({ raise, zetaAlert }, whose) => (whose === 'own' ? raise('eng') : one('', zetaAlert, 'gamma')(world, whose)),
  request: async ({ grant }, whose) => {
    const requestId = `q-${whose}-${String(++made)}`;
    if (whose === 'foreign') await grant('zeta', { requestId });
    return requestId;
  },
};
let world: LimitedWorld;

type Outcome = 'taken' | 'groupNotAllowed' | 'sourceNotAllowed' | 'notThere';

const expected = (limited: LimitedKey, field: string, kind: NamedKind, rule: NamedRule, whose: Whose): Outcome => {
  const [hasGroups, hasSource] = ['groups' in limited, 'source' in limited];
  if (rule === 'keysOwn' && kind === 'source') return hasSource && whose !== 'own' ? 'sourceNotAllowed' : 'taken';
  if (rule === 'keysOwn') return hasGroups && whose !== 'own' ? 'groupNotAllowed' : 'taken';
  if (rule === 'asUnknown') return whose === 'own' ? 'taken' : 'notThere';
  if (rule === 'madeOwn' && whose === 'nobodys' && hasGroups) return 'notThere';
  if ((rule !== 'notOfOthers' && rule !== 'madeOwn') || whose !== 'foreign') return 'taken';
  if (hasGroups) return 'groupNotAllowed';
  return hasSource && !field.startsWith('record.') ? 'sourceNotAllowed' : 'taken';
};

const rejections = z.object({ rejected: z.array(z.object({ code: z.string() })) });
const outcomeOf = (answer: Answer): string => {
  if (answer.status === 404) return 'notThere';
  if (answer.status >= 300) return codeOf(answer);
  const { success, data } = rejections.safeParse(answer.body);
  return success && data.rejected.length > 0 ? data.rejected[0].code : 'taken';
};

const bodyOf = (route: string): Record<string, unknown> | undefined => {
  if (route.startsWith('GET')) return undefined;
  if (/fan-outs(?:\/check)?$/.test(route)) return fanOutWith({ userId: 'u-eng', items: 1 });
  if (route.endsWith('/finish')) return { status: 'succeeded', at: '2026-11-20T00:00:00Z' };
  return route.endsWith('/feedback') ? { feedback: 'useful' } : {};
};

/** Calls a route with everything the key's own, but for one field. */
const call = async (api: Api, route: string, field: string, value: string): Promise<Answer> => {
  const [place, name] = field.split(/\.(.*)/);
  const [method, template] = route.split(' ');
  if (place === 'record') {
    const record = { taskId: `t-eng-${String(++made)}`, userId: 'u-eng', groupId: 'eng', source: 'mine' };
    return api.post('/metering', [recordWith({ ...record, [name]: value })]);
  }
  let path = template;
  for (const [, id] of template.matchAll(/\{(\w+)\}/g)) {
    const kind = namedObjects[route][`path.${id}`].kind;
    const given = place === 'path' && name === id ? value : await (nameOf[kind] ?? one('none', '', ''))(world, 'own');
    path = path.replace(`{${id}}`, given);
  }
  const query = place === 'query' ? `?${name}=${encodeURIComponent(value)}` : '';
  const body = bodyOf(route);
  return api.call(method, `/api/v1${path}${query}`, body && { ...body, ...(place === 'body' && { [name]: value }) });
};

const describeOf = ({ name }: LimitedKey): string => `a key for ${name}`;

describe('every text of a request', () => {
  // Keys for a source alone reach every group, and do what they may to zeta, too: that is in a world of its own.
  let worlds: readonly LimitedWorld[] = [];
  const enter = (limited: LimitedKey): LimitedWorld => (world = worlds['groups' in limited ? 0 : 1]);
  beforeAll(async () => {
    worlds = [await createLimitedWorld(), await createLimitedWorld()];
    [world] = worlds;
  });
  afterAll(() => Promise.all(worlds.map(({ dispose }) => dispose())));

  it('has its row in the table of what requests name, and every row its text', async () => {
    const texts = textsOfRequests((await world.owner.get('/openapi.json')).body);
    const isEverywhere = (field: string): boolean => Object.hasOwn(namedEverywhere, field);
    const inDocument = [...texts].map(([route, fields]) => {
      const own = fields.filter((field) => !isEverywhere(field));
      return [route, own.map((field) => (route === 'POST /metering' ? field.replace('body', 'record') : field)).sort()];
    });
    const inTable = Object.entries(namedObjects).map(([route, fields]) => [
      route,
      Object.keys(fields)
        .filter((field) => !isEverywhere(field) && !field.startsWith('header.'))
        .sort(),
    ]);
    assert.deepEqual(Object.fromEntries(inDocument), Object.fromEntries(inTable));
  });

  it('that a limited key may send is in a route that is not closed', () => {
    const notClosed = Object.entries(namedObjects).filter(([, fields]) =>
      Object.values(fields).every(({ rule }) => rule !== 'unlimitedKeys'),
    );
    assert.deepEqual(notClosed.map(([route]) => route).sort(), Object.keys(open).sort());
  });

  for (const [route, fields] of Object.entries(namedObjects)) {
    const action = open[route];
    if (route === 'GET /alerts/stream') continue;
    for (const limited of limitedKeys) {
      if (action === undefined || !may(limited.role, action)) {
        it(`${route} is closed to ${describeOf(limited)}`, async () => {
          const { apiFor, unchanged } = enter(limited);
          const answer = await unchanged(() => call(apiFor(limited), route, '', ''));
          assert.equal(answer.status, 403);
          assert.match(codeOf(answer), /^(?:group|role)NotAllowed$/);
        });
        continue;
      }
      for (const [field, { kind, rule }] of Object.entries(fields)) {
        const name = nameOf[kind];
        if (name === undefined || rule === 'free') continue;
        it(`${route}, ${field} (${rule}), with ${describeOf(limited)}`, async () => {
          const { apiFor, unchanged, tellsNothing } = enter(limited);
          const refusals: unknown[] = [];
          for (const whose of everybody) {
            const value: string = await name(world, whose);
            const outcome = expected(limited, field, kind, rule, whose);
            const isOutOfReach = 'groups' in limited || outcome !== 'taken';
            const calling = () => call(apiFor(limited), route, field, value);
            const answer = await (isOutOfReach ? unchanged(calling) : calling());
            assert.equal(outcomeOf(answer), outcome, `${whose}: ${JSON.stringify(answer.body)}`);
            if (isOutOfReach) tellsNothing(nameless(answer));
            if (whose !== 'own' && outcome !== 'taken') refusals.push(nameless(answer));
          }
          // What is of others, and what is not there, cannot be told apart.
          if (rule === 'asUnknown' || rule === 'keysOwn') assert.deepEqual(refusals[0], refusals[1]);
        });
      }
    }
  }
});

/** An answer without the identity of the record that was sent, and without the position. */
const nameless = ({ status, body }: Answer): object => ({
  status,
  body: JSON.parse(
    JSON.stringify(body, (name, value: unknown) => (name === 'id' || name === 'position' ? null : value)),
  ) as unknown,
});
