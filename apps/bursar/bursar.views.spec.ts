import assert from 'node:assert/strict';
import { MemoryPlaceIndex } from '#event-log-memory/place-index.js';
import { noParts } from '#event-sourcing/feed/snapshotter.js';
import { createViews, viewTypes } from './bursar.views.js';

describe('the list of views', () => {
  const views = Object.values(createViews(new MemoryPlaceIndex(), noParts));

  it('offers each of them to those who read', () => {
    assert.deepEqual(
      views.map((view) => view.constructor),
      viewTypes,
    );
  });

  it('gives each a part of its own in a snapshot', () => {
    assert.equal(new Set(views.map(({ name }) => name)).size, views.length);
  });
});
