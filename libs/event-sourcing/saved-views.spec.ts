import assert from 'node:assert/strict';
import { MemoryLocationIndex } from '#event-log-memory/location-index.js';
import { foldedViews } from '#test/support/fold-views.js';
import { foldVersion } from './fold.js';
import { loadViews, saveViews } from './saved-views.js';

describe('saved views', () => {
  const empty = () => foldedViews(new MemoryLocationIndex(), () => assert.fail()).fold;
  const saved = { ...saveViews(empty()), lastEventId: 'e7' };
  const isTaken = (from: object): boolean => {
    try {
      loadViews(empty(), 7, from);
      return true;
    } catch {
      return false;
    }
  };

  it('come back with the place of the log that they stand at', () => {
    const fold = empty();
    loadViews(fold, 7, saved);
    assert.deepEqual([fold.position, fold.lastEventId], [7, 'e7']);
    assert.deepEqual(saveViews(fold), saved);
  });

  it('are of the first version when they do not say', () => {
    const unsaid = Object.fromEntries(Object.entries(saved).filter(([name]) => name !== 'foldVersion'));
    assert.equal(isTaken(unsaid), isTaken({ ...saved, foldVersion: 1 }));
  });

  it('are not taken when they were folded in another way, before or after', () => {
    for (const other of [foldVersion - 1, foldVersion + 1]) {
      assert.equal(isTaken({ ...saved, foldVersion: other }), false);
    }
  });

  it('are not taken when a view is missing, or one is there that nobody knows', () => {
    const short = Object.fromEntries(Object.entries(saved).filter(([name]) => name !== 'caps'));
    assert.equal(isTaken(short), false);
    assert.equal(isTaken({ ...saved, weather: {} }), false);
  });

  it('are not taken when a view that keeps parts of its own was not there yet: it would begin empty', () => {
    assert.equal(isTaken(saved), true);
    assert.equal(isTaken({ ...saved, parted: [] }), false);
  });
});
