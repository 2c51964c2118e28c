import assert from 'node:assert/strict';
import { CommandHandler } from '@nestjs/cqrs';
import fastify from 'fastify';
import { refuse } from '#kernel/refusal.js';
import { AccessView, type KnownKey } from '#access/domain/access.view.js';
import { secretHash } from '#access/commands/generate-key.js';
import { Access } from '#access/http/access.js';
import { KeyedMutex } from '#event-sourcing/commands/keyed-mutex.js';
import { acceptJsonBodies } from '#http/body.js';
import { SimulatedClock } from '#test/simulation/process.js';
import { Assembly } from '#test/support/assembly.js';
import { commandBusWith } from '#test/support/command-bus.js';
import { fanOutWith } from '#test/support/fan-outs.js';
import { queryBusWith } from '#test/support/query-bus.js';
import { RequestFanOut } from '../commands/fan-outs.commands.js';
import { fanOutsPath, fanOutsRoute } from './fan-outs.route.js';

const asked: RequestFanOut[] = [];

@CommandHandler(RequestFanOut)
class RefusingHandler {
  async execute(command: RequestFanOut): Promise<unknown> {
    asked.push(command);
    return refuse('unknownGroup', 'There is no group here.');
  }
}

/** A view with one key of a scheduler, that counts how often it is looked at. */
class CountingView extends AccessView {
  looks = 0;
  override keyByHash(hash: string, nowMs: number): KnownKey | undefined {
    this.looks++;
    return super.keyByHash(hash, nowMs);
  }
}

describe('POST /fan-outs', () => {
  it('looks at the key of whoever asks once', async () => {
    const view = new CountingView();
    const named = { keyId: 'k', name: 'a key', role: 'scheduler' as const, groups: null, source: null };
    const valid = { zeroCostIsFree: false, expiresAt: null, revoked: false };
    view.load({ keys: [{ ...named, ...valid, secretHash: secretHash('secret') }] });
    const access = new Access(view, new SimulatedClock(0));
    const { make } = new Assembly();
    const server = fastify();
    acceptJsonBodies(server, access);
    fanOutsRoute(server, commandBusWith([RefusingHandler], make), queryBusWith([], make), new KeyedMutex(), access);
    const request = { method: 'POST' as const, url: fanOutsPath, payload: fanOutWith({ groupId: 'eng' }) };
    await server.inject({ ...request, headers: { authorization: 'Bearer secret' } });
    assert.deepEqual(
      asked.map(({ asker }) => asker.actor),
      ['apiKey:k'],
    );
    assert.equal(view.looks, 1);
  });
});
