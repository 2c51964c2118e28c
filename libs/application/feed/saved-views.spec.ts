import assert from 'node:assert/strict';
import { MemoryPlaceIndex } from '#adapters/memory/place-index.js';
import { foldVersion, savedViews } from './saved-views.js';
import { noParts, Views } from './views.js';

describe('saved views', () => {
  const saved = new Views(new MemoryPlaceIndex(), noParts).save();

  it('are taken when they were folded as they would be now', () => {
    assert.equal(savedViews.parse(saved).foldVersion, foldVersion);
  });

  it('are of the first version when they do not say', () => {
    const unsaid = Object.fromEntries(Object.entries(saved).filter(([name]) => name !== 'foldVersion'));
    assert.equal(savedViews.safeParse(unsaid).success, savedViews.safeParse({ ...saved, foldVersion: 1 }).success);
  });

  it('are not taken when they were folded in another way, before or after', () => {
    for (const other of [foldVersion - 1, foldVersion + 1]) {
      assert.equal(savedViews.safeParse({ ...saved, foldVersion: other }).success, false);
    }
  });
});
