import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { ModulesContainer } from '@nestjs/core';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { startInProcess } from '#test/support/service-in-process.js';

describe('the modules of the service', () => {
  it('provide everything once: nobody has a view, a desk or a saga of their own', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bursar-'));
    const service = await startInProcess(directory);
    try {
      const provided = new Map<unknown, string[]>();
      for (const { name, providers } of service.app.get(ModulesContainer).values()) {
        for (const [token, { isAlias }] of providers) {
          // What Nest puts into each module, and guards, of which one stands there twice.
          const isOurs = typeof token === 'function' && !token.name.endsWith('Module') && !fromNest.has(token.name);
          if (isOurs && !isAlias) provided.set(token, [...(provided.get(token) ?? []), name]);
        }
      }
      const several = [...provided.values()].filter((modules) => modules.length > 1);
      assert.deepEqual(several, []);
      assert.ok(provided.size > 60, `only ${String(provided.size)} were looked at`);
    } finally {
      await service.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('the sagas of the service', () => {
  it('are all subscribed to, each once, but for that of the outage mode, which nobody has chosen', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bursar-'));
    const service = await startInProcess(directory);
    const subscribed = [...service.app.get(SagaLanes).counted().keys()].sort();
    await service.stop();
    await rm(directory, { recursive: true, force: true });
    const written = readdirSync('libs', { recursive: true, encoding: 'utf8' })
      .flatMap((path) => /([^/\\]+)[.]saga[.]ts$/.exec(path)?.[1] ?? [])
      .map((name) => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()))
      .filter((name) => name !== 'recordFailOpenGrants')
      .sort();
    assert.ok(written.length >= 10, written.join(' '));
    assert.deepEqual(subscribed, written);
  });
});

const fromNest: ReadonlySet<string> = new Set(['ModuleRef', 'ApplicationConfig', 'Reflector', 'InjectableRef']);
