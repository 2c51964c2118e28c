import assert from 'node:assert/strict';
import { isolateFailure } from './isolate-failure.js';
import type { SagaStep } from './saga.js';

const step: SagaStep = { about: 'eng', run: () => Promise.resolve() };

describe('a look at one of many', () => {
  it('passes on what is due', () => {
    assert.deepEqual([...isolateFailure('eng', () => [undefined, step])], [undefined, step]);
  });

  it('that fails becomes a step that fails, behind what was due before', async () => {
    const found = [
      ...isolateFailure('eng', function* () {
        yield step;
        throw new Error('unreadable');
      }),
    ];
    assert.equal(found.length, 2);
    assert.equal(found[0], step);
    assert.equal(found[1]?.about, 'eng');
    await assert.rejects(async () => found[1]?.run(), /unreadable/);
  });
});
