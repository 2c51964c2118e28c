import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { SimulatedClock } from '#test/simulation/process.js';
import { acceptJsonBodies } from '#http/body.js';
import { Problem } from '#http/problem.js';
import { AccessView, type KnownKey } from '../domain/access.view.js';
import { Access } from './access.js';

/** A view with one key, which may meter, that counts how often it is looked at. */
class CountingView extends AccessView {
  looks = 0;
  override keyByHash(secretHash: string, nowMs: number): KnownKey | undefined {
    this.looks++;
    return super.keyByHash(secretHash, nowMs);
  }
}

const serverWith = (view: AccessView) => {
  const named = { keyId: 'k', name: 'a key', role: 'metering' as const, groups: null, source: null };
  const secretHash = createHash('sha256').update('secret').digest('hex');
  const valid = { zeroCostIsFree: false, expiresAt: null, revoked: false };
  view.load({ keys: [{ ...named, ...valid, secretHash }] });
  const access = new Access(view, new SimulatedClock(0));
  const server = fastify();
  acceptJsonBodies(server, access);
  server.setErrorHandler((error, _request, reply) =>
    reply.status(error instanceof Problem ? error.status : 500).send(error instanceof Problem ? error.code : 'defect'),
  );
  const config = { needs: 'metering.write' };
  server.post('/write', { config }, (request) => access.admitFound(request, 'metering.write').actor);
  server.post('/prices', { config: { needs: 'prices.write' } }, () => 'not reached');
  server.post('/old', (request) => access.admitFound(request, 'metering.write', 'metering.allowOld').actor);
  return async (path: string, token: string, payload?: object | string) => {
    const answer = await server.inject({
      method: 'POST',
      url: path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      payload,
    });
    return [answer.statusCode, answer.body];
  };
};

const rows: readonly (readonly [
  string,
  path: string,
  token: string,
  payload: object | string | undefined,
  answer: unknown,
])[] = [
  ['lets in whose key was found before the body was read', '/write', 'secret', {}, [200, 'apiKey:k']],
  ['finds the key itself where there is no body', '/write', 'secret', undefined, [200, 'apiKey:k']],
  ['refuses who has no key', '/write', 'other', {}, [401, 'keyUnknown']],
  ['refuses who may not do it, whatever the body is', '/prices', 'secret', 'no JSON', [403, 'roleNotAllowed']],
  ['refuses who may not do all of it', '/old', 'secret', {}, [403, 'roleNotAllowed']],
];

describe('a route that admits with the key that was found', () => {
  for (const [what, path, token, payload, expected] of rows) {
    it(`${what}, with one look at the key`, async () => {
      const view = new CountingView();
      assert.deepEqual(await serverWith(view)(path, token, payload), expected);
      assert.equal(view.looks, 1);
    });
  }
});
