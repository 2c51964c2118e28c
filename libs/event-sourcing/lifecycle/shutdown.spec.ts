import assert from 'node:assert/strict';
import { Logger } from '@nestjs/common';
import { Shutdown } from './shutdown.js';

describe('the shutdown report', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('is good when every part was', async () => {
    const shutdown = new Shutdown();
    await shutdown.part(() => Promise.resolve());
    shutdown.requireGood();
  });

  it('goes on after a part that fails, and tells of the first', async () => {
    const shutdown = new Shutdown();
    const done: string[] = [];
    await shutdown.part(() => Promise.reject(new Error('the first')));
    await shutdown.part(() => Promise.reject(new Error('the second')));
    await shutdown.part(() => {
      done.push('the third');
      return Promise.resolve();
    });
    assert.deepEqual(done, ['the third']);
    assert.throws(() => {
      shutdown.requireGood();
    }, /the first/);
  });
});
